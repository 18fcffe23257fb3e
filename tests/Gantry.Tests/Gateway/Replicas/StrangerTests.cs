using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gantry.Access;
using Gantry.Config;
using Gantry.Telemetry;
using Xunit;

namespace Gantry.Gateway.Replicas;

/// <summary>What is refused, what counts, and what replicas do not believe.</summary>
public sealed class StrangerTests
{
    private const int Patience = 30_000;
    private const string OtherSecret = "another secret, which is as long too";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_session_of_a_replica_that_is_gone_is_gone_at_once()
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo");
        pair.Other.Ready("echo");
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);
        await there.CallAsync("1", "tools/list");
        await pair.One.DisposeAsync();

        using var posted = await there.PostAsync(Client.Request("\"two\"", "tools/list"));
        using var got = await there.GetAsync();
        using var deleted = await there.DeleteAsync();
        var error = await Client.JsonAsync(posted);

        Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
        Assert.Equal("two", error.GetProperty("id").GetString());
        Assert.Contains(
            "does not answer. Send 'initialize' again",
            error.GetProperty("error").GetProperty("message").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.NotFound, got.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, deleted.StatusCode);
        there.Session = null;
        await there.InitializeAsync();
        await there.CallAsync("3", "tools/list");
    }

    [Fact(Timeout = Patience)]
    public async Task A_replica_that_is_silent_for_too_long_counts_as_gone()
    {
        await using var pair = await Pair.StartAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var client = pair.Other.NewClient();
        client.Session = NameGivenAt(pair.One, new($"http://{silent.LocalEndpoint}"));

        var answering = client.PostAsync(Client.Request("1", "tools/list"));
        using var connection = await silent.AcceptTcpClientAsync(Cancelled);
        await connection.GetStream().ReadExactlyAsync(new byte[100], Cancelled);
        pair.Other.Clock.Advance(new ReplicaSettings().AnswerTimeout);
        using var response = await answering;

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task An_answer_that_breaks_off_is_not_passed_on_as_a_whole_one()
    {
        await using var pair = await Pair.StartAsync();
        using var liar = new TcpListener(IPAddress.Loopback, 0);
        liar.Start();
        using var client = pair.Other.NewClient();
        client.Session = NameGivenAt(pair.One, new($"http://{liar.LocalEndpoint}"));

        var answering = AnswerAsync(client);
        using (var connection = await liar.AcceptTcpClientAsync(Cancelled))
        {
            await connection.GetStream().ReadExactlyAsync(new byte[100], Cancelled);
            await connection
                .GetStream()
                .WriteAsync(
                    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"u8.ToArray(),
                    Cancelled
                );
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => answering);
    }

    [Fact(Timeout = Patience)]
    public async Task Who_cannot_show_the_certificate_of_a_replica_is_told_nothing()
    {
        await using var pair = await Pair.StartAsync();
        using var impostor = new TcpListener(IPAddress.Loopback, 0);
        impostor.Start();
        using var client = pair.Other.NewClient();
        var port = ((IPEndPoint)impostor.LocalEndpoint).Port;
        client.Session = NameGivenAt(pair.One, new($"https://localhost:{port}"));
        using var certificate = SelfSigned("localhost");

        var answering = client.PostAsync(Client.Request("1", "tools/list"));
        using var connection = await impostor.AcceptTcpClientAsync(Cancelled);
        await using var secure = new SslStream(connection.GetStream());
        var listening = ListenAsync(secure, certificate);
        using var response = await answering;

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(0, await listening);
    }

    [Theory(Timeout = Patience)]
    [InlineData("~")]
    [InlineData("x~AQ")]
    [InlineData("~~~")]
    [InlineData("nonsense")]
    [InlineData("forwarded~AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_no_replica_gave_is_unknown(string session)
    {
        await using var pair = await Pair.StartAsync();
        pair.Other.Ready("echo");
        using var client = pair.Other.NewClient();
        client.Session = session;

        using var response = await client.PostAsync(Client.Request("1", "tools/list"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task A_name_that_was_changed_or_sealed_with_another_secret_leads_nowhere()
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo");
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);
        there.Session = $"x{here.Session}";
        using var changed = await there.PostAsync(Client.Request("1", "tools/list"));
        pair.Other.Join(OtherSecret);
        there.Session = here.Session;

        using var foreign = await there.PostAsync(Client.Request("1", "tools/list"));

        Assert.Equal(HttpStatusCode.NotFound, changed.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task A_secret_is_changed_while_sessions_go_on()
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo");
        using var before = await pair.One.NewSessionAsync();
        pair.One.Join(Pair.Secret, OtherSecret);
        pair.Other.Join(Pair.Secret, OtherSecret);
        pair.One.Join(OtherSecret, Pair.Secret);
        using var between = await pair.One.NewSessionAsync();

        foreach (var client in (Client[])[before, between])
        {
            using var there = Pair.Moved(client, pair.Other);
            await there.CallAsync("1", "tools/list");
        }

        pair.One.Join(OtherSecret);
        pair.Other.Join(OtherSecret);
        using var late = Pair.Moved(between, pair.Other);
        using var lost = Pair.Moved(before, pair.Other);
        await late.CallAsync("2", "tools/list");
        await before.CallAsync("2", "tools/list");
        using var refused = await lost.PostAsync(Client.Request("2", "tools/list"));
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task What_was_passed_on_once_is_not_passed_on_again()
    {
        await using var pair = await Pair.StartAsync();
        // It believes that it is elsewhere: what is sent to it looks like another's.
        Advertise(pair.Other, new("http://127.0.0.1:1"));
        using var client = pair.Other.NewClient();
        client.Session = NameGivenAt(pair.One, pair.Other.Address);

        using var response = await client.PostAsync(Client.Request("1", "tools/list"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory(Timeout = Patience)]
    [InlineData("forwarded")]
    [InlineData("forwarded~AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Who_only_says_that_a_replica_sent_it_is_passed_on_as_anybody(string mark)
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo");
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);
        using var request = there.NewRequest(HttpMethod.Post, Client.Request("1", "tools/list"));
        request.Headers.TryAddWithoutValidation(Peers.ForwardedHeader, mark);

        using var response = await there.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task The_replica_that_serves_asks_who_it_is_and_the_first_one_counts()
    {
        var asking = new GatewaySettings { Auth = new(), Fingerprint = "1" };
        await using var pair = await Pair.StartAsync(settings: asking);
        pair.One.Ready("echo");
        var terms = new KeyTerms("test", Role.Caller, null, new(Rate.Parse("4/m"), null));
        using var here = pair.One.NewClient();
        here.Authorization = $"Bearer {pair.One.Keys.Create(terms).Text}";
        await here.InitializeAsync();
        using var there = Pair.Moved(here, pair.Other);
        using var thief = Pair.Moved(here, pair.Other);
        thief.Authorization = $"Bearer {pair.One.Keys.Create(terms).Text}";

        // Both gateways of this test count with the same keys: what counted twice would be too much.
        using var stolen = await thief.PostAsync(Client.Request("1", "tools/list"));
        for (var id = 1; id <= 3; id++)
        {
            await there.CallAsync($"{id}", "tools/list");
        }

        using var over = await there.PostAsync(Client.Request("4", "tools/list"));

        Assert.Equal(HttpStatusCode.NotFound, stolen.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, over.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task A_call_that_was_passed_on_is_noted_once_where_it_was_served()
    {
        var noted = new ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name is GatewayMeter.CallDuration)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, _, tags, _) => noted.Add(tags[0].Value as string ?? "")
        );
        listener.Start();
        await using var pair = await Pair.StartAsync();
        pair.One.Define("noted");
        pair.Other.Define("noted");
        pair.One.Ready("noted");
        using var here = await pair.One.NewSessionAsync("noted");
        using var there = pair.Other.NewClient("noted");
        there.Session = here.Session;

        await there.CallAsync("1", "tools/call");

        Assert.Single(noted, "noted");
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    // How many bytes the other side says once it has seen the certificate.
    private static async Task<int> ListenAsync(SslStream stream, X509Certificate2 certificate)
    {
        try
        {
            await stream.AuthenticateAsServerAsync(certificate);
            return await stream.ReadAsync(new byte[1], Cancelled);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return 0;
        }
    }

    private static async Task<JsonElement> AnswerAsync(Client client)
    {
        using var response = await client.PostAsync(Client.Request("1", "tools/list"));
        return await Client.JsonAsync(response);
    }

    private static void Advertise(GatewayUnderTest gateway, Uri url)
    {
        var settings = gateway.Board.Current.Config.Gateway;
        gateway.Configure(
            settings with
            {
                Replicas = (settings.Replicas ?? new()) with { Url = url },
            }
        );
    }

    private static string NameGivenAt(GatewayUnderTest gateway, Uri url)
    {
        Advertise(gateway, url);
        return gateway.Peers.Name("session");
    }
}
