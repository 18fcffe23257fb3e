using System.Net;
using Gantry.Config;
using Gantry.Gateway.Ports;
using Gantry.Reconcile;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Access;

/// <summary>What a connection remembers.</summary>
public sealed class RecognitionTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly Board _board = new();
    private readonly KeyRing _keys;
    private readonly JwtSources _sources;
    private readonly FrontDoor _door;
    private int _aborted;

    public RecognitionTests()
    {
        _keys = KeyRing.InMemory(_clock, NullLogger<KeyRing>.Instance);
        _sources = new(_clock, NullLoggerFactory.Instance);
        _board.Publish(was =>
            was with
            {
                Config = was.Config with { Gateway = new() { Auth = new() } },
            }
        );
        _door = new(
            _board,
            _keys,
            new("admin", "file"),
            _sources,
            _clock,
            NullLogger<Identification>.Instance
        );
    }

    [Fact(Timeout = 30_000)]
    public async Task The_same_credentials_again_cost_no_allocation()
    {
        var key = _keys.Create(new("a", Role.Caller, null, Limits.None)).Text;
        var context = Context($"Bearer {key}");
        Assert.NotNull((await AdmitAsync(context)).Admission);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            var entering = _door.AdmitAsync(context, Area.Servers, Role.Caller);
            Assert.True(entering.IsCompletedSuccessfully);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact(Timeout = 30_000)]
    public async Task Others_on_the_same_connection_are_looked_at_for_themselves()
    {
        var one = _keys.Create(new("a", Role.Caller, null, Limits.None));
        var other = _keys.Create(new("b", Role.Caller, null, Limits.None));
        var context = Context($"Bearer {one.Text}");

        Assert.Equal($"key:{one.Key.Id}", (await AdmitAsync(context)).Admission?.Principal.Id);
        context.Request.Headers.Authorization = $"Bearer {other.Text}";
        Assert.Equal($"key:{other.Key.Id}", (await AdmitAsync(context)).Admission?.Principal.Id);
        context.Request.Headers.Authorization = default;
        Assert.Equal(401, (await AdmitAsync(context)).Refusal?.Status);
    }

    [Fact(Timeout = 30_000)]
    public async Task When_a_key_ends_so_does_the_connection_it_was_last_used_on()
    {
        var one = _keys.Create(new("a", Role.Caller, null, Limits.None));
        var other = _keys.Create(new("b", Role.Caller, null, Limits.None));
        var context = Context($"Bearer {one.Text}");
        await AdmitAsync(context);
        context.Request.Headers.Authorization = $"Bearer {other.Text}";
        await AdmitAsync(context);

        _keys.Revoke(one.Key.Id, _ => true);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, _aborted);
        _keys.Revoke(other.Key.Id, _ => true);
        Assert.Equal(0, _aborted);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, _aborted);
        Assert.Equal(401, (await AdmitAsync(context)).Refusal?.Status);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_limits_of_a_key_outlast_a_change_of_other_keys()
    {
        var limited = _keys.Create(new("a", Role.Caller, null, new(Rate.Parse("1/h"), null)));
        var context = Context($"Bearer {limited.Text}");
        Assert.Null((await AdmitAsync(context)).Admission?.Take(1));

        _keys.Create(new("b", Role.Caller, null, Limits.None));

        Assert.NotNull((await AdmitAsync(context)).Admission?.Take(1));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("Bearer KEY", null, false)]
    [InlineData("Bearer admin", null, false)]
    [InlineData("Bearer for-the-server", "KEY", true)]
    [InlineData("Bearer KEY", "KEY", false)]
    [InlineData("", "KEY", false)]
    public async Task No_server_sees_a_credential_of_ours(string shown, string? key, bool forwards)
    {
        var made = _keys.Create(new("a", Role.Caller, null, Limits.None)).Text;
        var context = Context(shown.Replace("KEY", made));
        if (key is not null)
        {
            context.Request.Headers["X-API-Key"] = made;
        }

        var admission = (await AdmitAsync(context)).Admission;

        Assert.Equal(forwards, admission?.HasForeignHeader(context.Request));
        Assert.Null(admission?.Envelope.ForwardedAuthorization);
    }

    [Theory]
    [InlineData("echo", "/", true)]
    [InlineData("echo", "/sse", true)]
    [InlineData("other", "/", false)]
    [InlineData(null, "/mcp/echo/ws", true)]
    [InlineData(null, "/mcp/echoes", false)]
    public void A_credential_for_one_server_opens_its_port_too(
        string? portOf,
        string path,
        bool opens
    )
    {
        var at = new IPEndPoint(IPAddress.Loopback, 1);
        var listener = portOf is null
            ? Listener.MainAt(at)
            : PortPlace.ListenerAt(ServerName.Parse(portOf), at);
        var context = new DefaultHttpContext();
        context.Request.Host = new("localhost");
        context.Request.Path = path;
        context.Features.Set(new Doorstep(listener, () => { }, _clock));
        var settings = new GatewaySettings();
        using var policy = new Policy(settings, _sources, _clock);
        var edition = new Edition(settings, policy, _keys.Current);
        var visit = new Visit(context, edition, Area.Servers, Role.Caller, new("token", ""));
        var admission = new Admission(Principal.Local, new(Limits.None, _clock), null, default)
        {
            PathLimit = "/mcp/echo",
        };

        Assert.Equal(opens, Objection.To(visit, admission) is null);
    }

    [Theory]
    [InlineData("unix", "203.0.113.7", "https://gantry.example.com")]
    [InlineData("10.0.0.0/8", null, "http://localhost")]
    public void What_a_proxy_says_over_a_socket_counts_where_that_is_trusted(
        string trusted,
        string? client,
        string seen
    )
    {
        var settings = new GatewaySettings
        {
            TrustedProxies = [trusted],
            AllowedHosts = ["gantry.example.com"],
        };
        var context = new DefaultHttpContext();
        context.Request.Scheme = "http";
        context.Request.Host = new("localhost");
        context.Request.Headers["X-Forwarded-For"] = "203.0.113.7";
        context.Request.Headers["X-Forwarded-Proto"] = "https";
        context.Request.Headers["X-Forwarded-Host"] = "gantry.example.com";
        var url = new PublicUrl(settings, new(settings));

        Assert.Equal(client, url.Client(context)?.ToString());
        Assert.Equal(seen, url.Of(context));
    }

    public void Dispose()
    {
        _door.Dispose();
        _sources.Dispose();
        _keys.Dispose();
    }

    private ValueTask<Entry> AdmitAsync(HttpContext context) =>
        _door.AdmitAsync(context, Area.Servers, Role.Caller);

    private DefaultHttpContext Context(string authorization)
    {
        var context = new DefaultHttpContext();
        context.Request.Host = new("localhost");
        context.Request.Path = "/mcp/echo";
        context.Request.Headers.Authorization = authorization;
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        context.Features.Set(
            new Doorstep(Listener.MainAt(new(IPAddress.Loopback, 1)), () => _aborted++, _clock)
        );
        return context;
    }
}
