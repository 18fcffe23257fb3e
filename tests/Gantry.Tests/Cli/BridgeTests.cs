using System.CommandLine;
using System.Text.Json.Nodes;
using Gantry.Cli.Bridge;
using Gantry.Daemon;
using Gantry.Gateway.Http;
using Xunit;

namespace Gantry.Cli;

public sealed class BridgeTests
{
    [Theory]
    [InlineData("--url https://a.example.com/mcp", "auto", false)]
    [InlineData("--url wss://a.example.com --transport ws", "ws", false)]
    [InlineData("--sse https://a.example.com/sse", "sse", true)]
    [InlineData("--streamableHttp https://a.example.com/mcp", "streamable-http", true)]
    [InlineData("--sse https://a.example.com/sse --outputTransport ws", "sse", false)]
    [InlineData("--url https://a.example.com --outputTransport stdio", "auto", true)]
    public void An_address_is_bridged(string line, string transport, bool isStdio)
    {
        var order = Read(line);

        Assert.Equal(transport, Assert.IsType<Bridged.Remote>(order.Server).Transport);
        Assert.Equal(isStdio, order.IsStdio);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--url https://a --sse https://b")]
    [InlineData("--url https://a --stdio cat")]
    [InlineData("--header a:b --stdio cat")]
    [InlineData("--url https://a --header nothing")]
    [InlineData("--stdio cat --outputTransport stdio")]
    [InlineData("--stdio cat --ssePath sse")]
    public void What_makes_no_sense_is_refused(string line) =>
        Assert.Equal(
            ExitCode.Usage,
            Assert.Throws<CommandFailedException>(() => Read(line)).ExitCode
        );

    [Fact]
    public void Command_lines_of_supergateway_are_understood()
    {
        var order = Read(
            "--stdio cat --port 8000 --baseUrl http://localhost:8000 --ssePath /a/sse --messagePath "
                + "/say --streamableHttpPath /http --logLevel none --healthEndpoint /healthz --cors "
                + "--stateful --sessionTimeout 60000 --protocolVersion 2024-11-05"
        );

        Assert.Equal("session", order.Isolation);
        Assert.Equal(
            "/a/message Message, /a/sse Sse, /http Streamable, /say Message",
            string.Join(
                ", ",
                order.Paths.Transports.OrderBy(path => path.Key).Select(p => $"{p.Key} {p.Value}")
            )
        );
        Assert.Equal(["/healthz"], order.Paths.Health);
        var gateway = JsonNode.Parse(order.ToConfig(8000))?["gateway"];
        Assert.Equal("*", gateway?["cors"]?["origins"]?[0]?.ToString());
        Assert.Equal("60000ms", gateway?["limits"]?["session_idle_timeout"]?.ToString());
    }

    [Fact]
    public void The_value_of_a_header_stands_apart_from_the_configuration()
    {
        var order = Read("--url https://a --header X-Key:abc --oauth2Bearer hush --header A:${B}");
        using var place = new BridgePlace();

        var inputs = Assert.Throws<CommandFailedException>(() => place.Write(order, null));

        Assert.Contains("'B'", inputs.Message, StringComparison.Ordinal);
        var config = System.Text.Encoding.UTF8.GetString(order.ToConfig(null));
        Assert.DoesNotContain("hush", config, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", config, StringComparison.Ordinal);
        Assert.Contains("${B}", config, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_none_may_set_is_refused_with_the_reason() =>
        Assert.Contains(
            "GT0505",
            Assert
                .Throws<CommandFailedException>(() =>
                {
                    using var place = new BridgePlace();
                    place.Write(Read("--url https://a --header Host:b"), null);
                })
                .Message,
            StringComparison.Ordinal
        );

    private static BridgeOrder Read(string line)
    {
        var switches = new BridgeSwitches();
        var command = new RootCommand();
        switches.AddTo(command);
        var parsed = command.Parse(line);
        Assert.Empty(parsed.Errors);
        return switches.Read(parsed);
    }
}
