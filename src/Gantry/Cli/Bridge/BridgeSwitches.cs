using System.CommandLine;
using Gantry.Daemon;

namespace Gantry.Cli.Bridge;

/// <summary>The command line of <c>gantry bridge</c>.</summary>
internal sealed class BridgeSwitches
{
    private readonly Argument<string[]> _command = new("COMMAND")
    {
        Description = "The server and its arguments, after '--'.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<int?> _port = new("--port", "-p", "--sse-port")
    {
        Description = "The port to serve on; 0 for any free one. Default: 8000.",
        HelpName = "N",
    };

    private readonly Option<string?> _listen = new("--listen")
    {
        Description = "The address to serve on, or unix:PATH. Default: 127.0.0.1:8000.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _socketMode = new("--socket-mode")
    {
        Description =
            "Who may open the socket of --listen unix:PATH, as chmod takes it. Default: 0600, the "
            + "user that runs the bridge.",
        HelpName = "MODE",
    };

    private readonly Option<string> _isolation = new("--isolation")
    {
        Description =
            "shared: all clients use one process. session: each has its own, which can then ask "
            + "its client for input. Default: shared.",
        HelpName = "WORD",
        DefaultValueFactory = _ => "shared",
    };

    private readonly RemoteSwitches _remote = new();
    private readonly ForeignSwitches _foreign = new();

    public void AddTo(Command command)
    {
        command.Add(_command);
        _remote.AddTo(command);
        command.Add(_port);
        command.Add(_listen);
        command.Add(_socketMode);
        command.Add(_isolation.AcceptOnlyFromAmong("shared", "session"));
        _foreign.AddTo(command);
        foreach (var option in RefusedSwitches.All)
        {
            command.Add(option);
        }
    }

    /// <exception cref="CommandFailedException">It names no server, or two.</exception>
    public BridgeOrder Read(ParseResult parsed)
    {
        RefusedSwitches.Check(parsed);
        var order = new BridgeOrder(Server(parsed))
        {
            Listen = parsed.GetValue(_listen) ?? _foreign.Listen(parsed),
            Port = parsed.GetValue(_port),
            SocketMode = parsed.GetValue(_socketMode),
            Isolation = parsed.GetValue(_isolation) ?? "shared",
            // As supergateway has it, an address that it calls so comes out on the streams.
            IsStdio =
                _foreign.WantsStdio(parsed)
                ?? (_foreign.Remote(parsed) is not null || Address(parsed) is not null),
        };
        return order is { IsStdio: true, Server: Bridged.Program }
            ? throw new CommandFailedException(
                "The command speaks on its standard streams already: start it itself.",
                ExitCode.Usage
            )
            : _foreign.Extend(order, parsed);
    }

    private Bridged Server(ParseResult parsed)
    {
        Bridged?[] given =
        [
            Address(parsed) is { } url
                ? _remote.At(parsed, url)
                : Program(parsed, parsed.GetValue(_command) ?? []),
            _foreign.Command(parsed) is { } text
                ? Program(parsed, [.. CommandText.Split(text)])
                : null,
            _remote.Read(parsed),
            _foreign.Remote(parsed),
        ];
        var headers = _remote.Headers(parsed).Concat(_foreign.Headers(parsed)).ToArray();
        return given.OfType<Bridged>().ToArray() switch
        {
            [Bridged.Remote remote] => remote with { Headers = headers },
            [var program] when headers.Length == 0 => program,
            [_] => throw new CommandFailedException(
                "Headers are for servers with an address: a command gets none.",
                ExitCode.Usage
            ),
            _ => throw new CommandFailedException(
                "Say which server: gantry bridge -- COMMAND ARGS..., --stdio 'COMMAND ARGS...', or "
                    + "--url URL.",
                ExitCode.Usage
            ),
        };
    }

    private Bridged.Program? Program(ParseResult parsed, string[] words) =>
        words is [var command, .. var arguments]
            ? _foreign.Extend(new Bridged.Program(command, arguments), parsed)
            : null;

    // In the place of the command, as mcp-proxy has it.
    private string? Address(ParseResult parsed) =>
        parsed.GetValue(_command) is [var word]
        && (
            word.StartsWith("http://", StringComparison.Ordinal)
            || word.StartsWith("https://", StringComparison.Ordinal)
        )
            ? word
            : null;
}
