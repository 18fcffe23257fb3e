using System.Collections.Concurrent;
using Gantry.Runtimes;
using Gantry.Runtimes.Remote;
using Gantry.Runtimes.Remote.Authorization;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Xunit;
using static Gantry.Tests.Runtimes.Remote.ScriptedOrigin;

namespace Gantry.Tests.Runtimes.Remote;

/// <summary>Whom Gantry trusts over TLS, and what it shows of itself.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly Certificates _ours = new();
    private readonly Certificates _others = new();
    private readonly ConcurrentQueue<string> _protocols = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _ours.Dispose();
        _others.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task An_authority_of_ones_own_is_trusted_and_many_calls_share_a_connection()
    {
        await using var origin = await ServeAsync();
        await using var bench = Bench(origin, $"ca_file: {_ours.AuthorityFile}");

        var connection = await bench.ConnectAsync();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => RemoteBench.AskAsync(connection, "x"))
        );

        Assert.All(answers, answer => Assert.Equal("{}", answer));
        Assert.All(_protocols, protocol => Assert.Equal("HTTP/2", protocol));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(null)]
    [InlineData("others")]
    public async Task Any_other_is_not(string? trusted)
    {
        await using var origin = await ServeAsync();
        await using var bench = Bench(
            origin,
            trusted is null ? "" : $"ca_file: {_others.AuthorityFile}"
        );

        var exited = await bench.StartAsync(Phase.Exited);

        Assert.Contains("cannot be reached", exited.Reason, StringComparison.Ordinal);
        Assert.Contains("certificate", exited.Reason, StringComparison.Ordinal);
        Assert.Empty(_protocols);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_certificate_for_another_name_is_not_its()
    {
        await using var origin = await ServeAsync(name: "other.example.com");
        await using var bench = Bench(origin, $"ca_file: {_ours.AuthorityFile}");

        var exited = await bench.StartAsync(Phase.Exited);

        Assert.Contains("NameMismatch", exited.Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Where_nothing_is_verified_anything_will_do()
    {
        await using var origin = await ServeAsync(name: "other.example.com");
        await using var bench = Bench(origin, "insecure_skip_verify: true");

        Assert.Equal("{}", await RemoteBench.AskAsync(await bench.ConnectAsync(), "x"));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_asks_who_comes_is_shown_a_certificate(bool hasOne)
    {
        await using var origin = await ServeAsync(asks: true);
        var own = hasOne ? $", certificate_file: {_ours.Client()}" : "";
        await using var bench = Bench(origin, $"ca_file: {_ours.AuthorityFile}{own}");

        var instance = await bench.StartAsync(hasOne ? Phase.Ready : Phase.Exited);

        Assert.Equal(hasOne, instance.Reason is null);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("missing.pem", null)]
    [InlineData("empty.pem", "nothing of that kind")]
    [InlineData("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public async Task A_file_that_is_no_authority_is_named(string name, string? content)
    {
        var file = _ours.At(name);
        if (content is not null)
        {
            await File.WriteAllTextAsync(file, content, Cancelled);
        }

        await using var bench = new RemoteBench(
            $"url: 'https://127.0.0.1:9', tls: {{ ca_file: {file} }}"
        );
        var exited = await bench.StartAsync(Phase.Exited);

        Assert.Contains("the files of 'tls' cannot be used", exited.Reason);
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_gives_tokens_is_trusted_by_the_same_authority()
    {
        await using var origin = await StartAsync(
            (context, _) => JsonAsync(context, """{"resource":"https://127.0.0.1"}"""),
            Cancelled,
            listen => listen.UseHttps(_ours.Server())
        );
        using var http = new OAuthHttp(TimeProvider.System);
        var trusting = new Ground(IsInside: true)
        {
            Tls = Gantry.Config.TlsSpec.Default with { CaFile = _ours.AuthorityFile },
        };

        var found = await http.GetAsync(
            origin.Url,
            trusting,
            OAuthJson.Default.ProtectedResourceDocument,
            Cancelled
        );
        var refusal = await Assert.ThrowsAsync<UpstreamRefusedException>(() =>
            http.GetAsync(
                origin.Url,
                new Ground(IsInside: true),
                OAuthJson.Default.ProtectedResourceDocument,
                Cancelled
            )
        );

        Assert.Equal("https://127.0.0.1", found?.Resource);
        Assert.Contains("certificate", refusal.Message, StringComparison.Ordinal);
    }

    private RemoteBench Bench(ScriptedOrigin origin, string tls) =>
        new($"url: '{origin.Url}', tls: {{ {tls} }}");

    private Task<ScriptedOrigin> ServeAsync(string? name = null, bool asks = false) =>
        StartAsync(
            async (context, seen) =>
            {
                _protocols.Enqueue(context.Request.Protocol);
                if (!await TryIntroduceAsync(context, seen))
                {
                    await ResultAsync(context, seen, "{}");
                }
            },
            Cancelled,
            listen =>
                listen.UseHttps(
                    _ours.Server(name),
                    https =>
                    {
                        https.ClientCertificateMode = asks
                            ? ClientCertificateMode.RequireCertificate
                            : ClientCertificateMode.NoCertificate;
                        https.ClientCertificateValidation = (certificate, _, _) =>
                            _ours.Signed(certificate);
                    }
                )
        );
}
