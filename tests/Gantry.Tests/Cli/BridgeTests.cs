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
    [InlineData("https://a.example.com/sse", "auto", true)]
    [InlineData("--transport streamablehttp https://a.example.com", "streamable-http", true)]
    [InlineData("--url unix:/run/a.sock:/mcp/x", "auto", false)]
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
    [InlineData("--stdio cat --sslCert cert.pem")]
    [InlineData("--url unix:")]
    [InlineData("--stdio cat --headers A b")]
    [InlineData("--stdio cat -e A b")]
    [InlineData("--named-server fetch uvx")]
    [InlineData("--stdio cat --shell")]
    [InlineData("--stdio cat --tunnel")]
    [InlineData("--stdio cat --apiKey hush")]
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
    public void Command_lines_of_either_mcp_proxy_are_understood()
    {
        var order = Read(
            "--host :: --port 9000 --server stream --streamEndpoint /stream --connectionTimeout 5000 "
                + "--requestTimeout 9 --sessionIdleTimeout 60000 --maxBodySize 1000 "
                + "--eventStoreMaxEvents 10 --stateless --debug --no-modern --log-level DEBUG "
                + "--pass-environment --cwd / --sslCert c.pem --sslKey k.pem "
                + "--allow-origin https://a.example.com https://b.example.com -- cat -n"
        );

        Assert.Equal("[::]:9000", order.Where.ToString());
        var config = JsonNode.Parse(order.ToConfig(9000));
        var server = config?["servers"]?["bridge"];
        Assert.Equal("/", server?["cwd"]?.ToString());
        Assert.Equal("5000ms", server?["startup_timeout"]?.ToString());
        var gateway = config?["gateway"];
        Assert.Equal("https://b.example.com", gateway?["cors"]?["origins"]?[1]?.ToString());
        Assert.Equal("60000ms", gateway?["limits"]?["session_idle_timeout"]?.ToString());
        Assert.Equal("1000", gateway?["limits"]?["max_body_size"]?.ToString());
        Assert.Equal("10", gateway?["limits"]?["max_replay_events"]?.ToString());
        Assert.EndsWith("/k.pem", gateway?["tls"]?["key_file"]?.ToString());
    }

    [Theory]
    [InlineData("", "127.0.0.1:8000")]
    [InlineData("--port 9000", "127.0.0.1:9000")]
    [InlineData("--listen 127.0.0.2:1 --port 9000", "127.0.0.2:9000")]
    [InlineData("--host localhost --sse-port 1", "127.0.0.1:1")]
    [InlineData("--listen unix:/run/a.sock", "unix:/run/a.sock")]
    public void It_is_served_where_the_switches_say(string line, string where) =>
        Assert.Equal(where, Read($"{line} -- cat").Where.ToString());

    [Theory]
    [InlineData("--listen unix:/run/a.sock --port 1")]
    [InlineData("--listen unix:/run/a.sock --sslCert c --sslKey k")]
    public void A_socket_has_no_port_and_no_TLS(string line) =>
        Assert.Throws<CommandFailedException>(() => Read($"{line} -- cat").Where);

    [Fact]
    public void A_port_has_no_mode() =>
        Assert.Throws<CommandFailedException>(() => Read("--socket-mode 0660 -- cat").Where);

    [Theory]
    [InlineData("0660", true)]
    [InlineData("0777", false)]
    [InlineData("rw-rw----", false)]
    public void A_socket_has_the_mode_that_a_configuration_could_give_it(string mode, bool isGood)
    {
        using var place = new BridgePlace();
        var order = Read($"--listen unix:/run/a.sock --socket-mode {mode} -- cat");

        var wrong = Record.Exception(() => place.Write(order, null));

        Assert.Equal("unix:/run/a.sock", order.Where.ToString());
        Assert.Equal(isGood, wrong is null);
        Assert.Contains(isGood ? "" : "GT0615", wrong?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_behind_a_socket_is_configured_so()
    {
        var order = Read("--url unix:/run/a.sock:/mcp/x");

        var server = JsonNode.Parse(order.ToConfig(null))?["servers"]?["bridge"];

        Assert.Equal("/run/a.sock", server?["socket"]?.ToString());
        Assert.Equal("http://localhost/mcp/x", server?["url"]?.ToString());
    }

    [Theory]
    [InlineData(@"--cors /example\.com$/ https://b.example.com", true)]
    [InlineData("--cors /(/", false)]
    [InlineData("--cors /(?=a)/", false)]
    public void Pages_may_be_named_by_a_pattern(string line, bool isGood)
    {
        using var place = new BridgePlace();
        var order = Read($"{line} --stdio cat");

        var wrong = Record.Exception(() => place.Write(order, 8000));

        Assert.Equal(isGood, wrong is null);
        Assert.Contains(isGood ? "" : "GT0616", wrong?.Message ?? "", StringComparison.Ordinal);
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
