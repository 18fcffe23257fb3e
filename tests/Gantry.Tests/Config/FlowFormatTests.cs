using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class FlowFormatTests
{
    [Fact]
    public void A_server_may_say_how_calls_and_results_flow()
    {
        var config = Written.Own(
            """
            servers:
              a:
                command: x
                max_concurrency: 2
                max_queue: 10
                queue_timeout: 5s
                results: { max_size: 256K, on_excess: continue, redact: [aws_key, configured, "/x[0-9]+/"] }
                cache: { ttl: 1m, tools: [read_*] }
            """
        );

        Assert.Empty(config.Problems);
        var flow = config.Spec("a").Flow;
        Assert.Equal((2, 10), (flow.MaxConcurrency, flow.MaxQueue));
        Assert.Equal(TimeSpan.FromSeconds(5), flow.QueueTimeout);
        Assert.Equal(
            (256 * 1024, Excess.Continue),
            (flow.Results?.MaxSize, flow.Results?.OnExcess)
        );
        Assert.Equal(["aws_key", "configured", "/x[0-9]+/"], flow.Results?.Redact ?? []);
        Assert.Equal(TimeSpan.FromMinutes(1), flow.Cache?.Ttl);
        Assert.Equal(["read_*"], flow.Cache?.Tools ?? []);
    }

    [Fact]
    public void A_change_of_flow_is_a_new_revision_but_restarts_nothing()
    {
        var one = Written.Own("servers: { a: { command: x, results: { redact: [jwt] } } }");
        var other = Written.Own("servers: { a: { command: x, results: { redact: [aws_key] } } }");

        Assert.NotEqual(one.Revision, other.Revision);
        Assert.Equal(one.Servers.Values.Single().Hash, other.Servers.Values.Single().Hash);
    }

    [Fact]
    public void The_gateway_has_limits()
    {
        var config = Written.Own(
            """
            gateway:
              limits:
                max_body_size: 1M
                max_frame_size: 128M
                max_sessions: 5
                max_calls_per_session: 7
                session_idle_timeout: 1h
                keep_alive: 5s
            servers: {}
            """
        );

        Assert.Empty(config.Problems);
        Assert.Equal(
            new GatewayLimits
            {
                MaxBodySize = 1024 * 1024,
                MaxFrameSize = 128 * 1024 * 1024,
                MaxSessions = 5,
                MaxCallsPerSession = 7,
                SessionIdleTimeout = TimeSpan.FromHours(1),
                KeepAlive = TimeSpan.FromSeconds(5),
            },
            config.Gateway.Limits
        );
    }

    [Theory]
    [InlineData("gateway: { limits: { max_body_size: many } }", "GT0801")]
    [InlineData("gateway: { limits: { max_body_size: 10 } }", "GT0802")]
    [InlineData("gateway: { limits: { max_frame_size: 3G } }", "GT0802")]
    [InlineData("gateway: { limits: { keep_alive: 5d } }", "GT0205")]
    [InlineData("gateway: { limits: { keep_alive: 100ms } }", "GT0803")]
    [InlineData("gateway: { limits: { max_sessions: 0 } }", "GT0206")]
    [InlineData("gateway: { limits: { max_session: 1 } }", "GT0201")]
    [InlineData("gateway: { limits: 5 }", "GT0203")]
    [InlineData("servers: { a: { command: x, max_concurrency: 0 } }", "GT0206")]
    [InlineData("servers: { a: { command: x, max_queue: 3 } }", "GT0804")]
    [InlineData("servers: { a: { command: x, results: { redact: [aws_keys] } } }", "GT0805")]
    [InlineData("servers: { a: { command: x, results: { redact: ['/(/'] } } }", "GT0806")]
    [InlineData("servers: { a: { command: x, results: { redact: ['/(?=a)b/'] } } }", "GT0806")]
    [InlineData("servers: { a: { command: x, results: { on_excess: refuse } } }", "GT0807")]
    [InlineData("servers: { a: { command: x, cache: { ttl: 5s } } }", "GT0808")]
    public void Nonsense_is_told(string text, string code)
    {
        var problem = Assert.Single(Written.Own(text).Diagnostics);

        Assert.Equal(code, problem.Code);
        Assert.NotEmpty(problem.Remedy);
    }
}
