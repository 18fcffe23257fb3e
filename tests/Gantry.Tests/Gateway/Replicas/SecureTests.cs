using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gantry.Admin;
using Xunit;

namespace Gantry.Gateway.Replicas;

/// <summary>Replicas that speak TLS, with certificates of an authority that no machine knows.
/// </summary>
public sealed class SecureTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gantry-test-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact(Timeout = 60_000)]
    public async Task One_reaches_the_other_whose_authority_its_file_names()
    {
        using var authority = Authority("CN=ours");
        await using var one = await StartAsync("one", authority, trusted: authority);
        await using var other = await StartAsync("other", authority, trusted: authority);

        Assert.Equal(HttpStatusCode.OK, await PingOverAsync(one, other));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_another_authority_signed_counts_as_gone()
    {
        using var authority = Authority("CN=ours");
        using var stranger = Authority("CN=theirs");
        await using var one = await StartAsync("one", authority, trusted: authority);
        await using var other = await StartAsync("other", authority, trusted: stranger);

        Assert.Equal(HttpStatusCode.NotFound, await PingOverAsync(one, other));
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_the_file_what_the_machine_does_not_know_counts_as_gone()
    {
        using var authority = Authority("CN=ours");
        await using var one = await StartAsync("one", authority, trusted: authority);
        await using var other = await StartAsync("other", authority, trusted: null);

        Assert.Equal(HttpStatusCode.NotFound, await PingOverAsync(one, other));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_renewed_file_counts_for_the_next_connection()
    {
        using var authority = Authority("CN=ours");
        using var stranger = Authority("CN=theirs");
        await using var one = await StartAsync("one", authority, trusted: authority);
        await using var other = await StartAsync("other", authority, trusted: stranger);
        Assert.Equal(HttpStatusCode.NotFound, await PingOverAsync(one, other));

        WriteTrust("other", authority);

        Assert.Equal(HttpStatusCode.OK, await PingOverAsync(one, other));
    }

    // A session that begins at one, and goes on at the other.
    private static async Task<HttpStatusCode> PingOverAsync(TestDaemon one, TestDaemon other)
    {
        using var here = new Client(AddressOf(one), AnyCertificate());
        using var there = new Client(AddressOf(other), AnyCertificate());
        await here.InitializeAsync();
        there.Session = here.Session;

        using var answer = await there.PostAsync(Client.Request("1", "ping"));
        return answer.StatusCode;
    }

    private static Uri AddressOf(TestDaemon daemon) => new(new Uri(daemon.Addresses[0]), "/mcp");

    // What clients trust is not the question here.
    private static SocketsHttpHandler AnyCertificate() =>
        new()
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    certificate is not null,
            },
        };

    private Task<TestDaemon> StartAsync(
        string name,
        X509Certificate2 authority,
        X509Certificate2? trusted
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Sign(authority, key);
        File.WriteAllText(At($"{name}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(At($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        if (trusted is not null)
        {
            WriteTrust(name, trusted);
        }

        var trust = trusted is null ? "" : $", ca_file: {TrustOf(name)}";
        var yaml = $$"""
            servers: {}
            gateway:
              tls: { cert_file: {{At($"{name}.pem")}}, key_file: {{At($"{name}.key")}} }
              replicas: { secret: "${S:-{{Pair.Secret}}}"{{trust}} }
            """;
        return TestDaemon.StartAsync(yaml, Cancelled);
    }

    private string At(string file) => Path.Combine(_directory.FullName, file);

    private string TrustOf(string name) => At($"{name}-ca.pem");

    private void WriteTrust(string name, X509Certificate2 authority) =>
        File.WriteAllText(TrustOf(name), authority.ExportCertificatePem());

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(true, false, 0, critical: true)
        );
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-2), now.AddDays(2));
    }

    private static X509Certificate2 Sign(X509Certificate2 authority, ECDsa key)
    {
        var request = new CertificateRequest("CN=replica", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.Create(
            authority,
            now.AddDays(-1),
            now.AddDays(1),
            RandomNumberGenerator.GetBytes(8)
        );
    }
}
