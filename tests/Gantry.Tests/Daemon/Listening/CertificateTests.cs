using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gantry.Config;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Daemon;

public sealed class CertificateTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gantry-test-");
    private readonly FakeClock _clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private TlsSettings Files =>
        new(
            Path.Combine(_directory.FullName, "cert.pem"),
            Path.Combine(_directory.FullName, "key.pem")
        );

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact(Timeout = 30_000)]
    public async Task Changed_files_are_served_within_seconds_and_half_a_pair_never()
    {
        Renew("CN=first");
        await using var app = await ServeAsync();
        Assert.Equal("CN=first", await SubjectAsync(app));

        await File.WriteAllTextAsync(Files.CertificateFile, "half of", Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("CN=first", await SubjectAsync(app));

        Renew("CN=second");
        Assert.Equal("CN=first", await SubjectAsync(app));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("CN=second", await SubjectAsync(app));
    }

    [Fact]
    public void Without_one_nothing_starts_and_both_files_are_named()
    {
        var refusal = Assert.Throws<StartRefusedException>(() =>
            Certificate.Open(Files, _clock, NullLogger<Certificate>.Instance)
        );

        Assert.Contains(Files.CertificateFile, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(Files.KeyFile, refusal.Message, StringComparison.Ordinal);
    }

    private async Task<WebApplication> ServeAsync()
    {
        var certificate = Certificate.Open(Files, _clock, NullLogger<Certificate>.Instance);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, certificate.ServeOn)
        );
        var app = builder.Build();
        await app.StartAsync(Cancelled);
        return app;
    }

    private static async Task<string?> SubjectAsync(WebApplication app)
    {
        var at = new Uri(app.Urls.Single());
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, at.Port, Cancelled);
        await using var tls = new SslStream(
            client.GetStream(),
            leaveInnerStreamOpen: false,
            (_, certificate, _, _) => certificate is not null
        );
        await tls.AuthenticateAsClientAsync("localhost");
        return tls.RemoteCertificate?.Subject;
    }

    private void Renew(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Files.CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(Files.KeyFile, key.ExportPkcs8PrivateKeyPem());
    }
}
