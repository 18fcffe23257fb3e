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

    private readonly Option<int?> _port = new("--port", "-p")
    {
        Description = "The port to serve on; 0 for any free one. Default: 8000.",
        HelpName = "N",
    };

    private readonly Option<string?> _listen = new("--listen")
    {
        Description = "The address to serve on. Default: 127.0.0.1:8000.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string> _isolation = new("--isolation")
    {
        Description =
            "shared: all clients use one process. session: each has its own, which can then ask "
            + "its client for input. Default: shared.",
        HelpName = "WORD",
        DefaultValueFactory = _ => "shared",
    };

    private readonly Option<string?> _stdio = new("--stdio")
    {
        Description = "The command as one text, as supergateway takes it; no shell is involved.",
        HelpName = "COMMAND",
    };

    // Whatever is asked for is among what is served.
    private readonly Option<string?> _transport = new("--outputTransport") { Hidden = true };

    public void AddTo(Command command)
    {
        command.Add(_command);
        command.Add(_port);
        command.Add(_listen);
        command.Add(_isolation.AcceptOnlyFromAmong("shared", "session"));
        command.Add(_stdio);
        command.Add(_transport.AcceptOnlyFromAmong("sse", "ws", "streamableHttp"));
    }

    /// <exception cref="CommandFailedException">It names no command, or two.</exception>
    public Bridged Read(ParseResult parsed)
    {
        var given = parsed.GetValue(_command) ?? [];
        var stdio = parsed.GetValue(_stdio);
        if (given.Length > 0 == stdio is not null)
        {
            throw new CommandFailedException(
                "Say which server: gantry bridge -- COMMAND ARGS..., or --stdio 'COMMAND ARGS...'.",
                ExitCode.Usage
            );
        }

        var words = stdio is null ? given : CommandText.Split(stdio).ToArray();
        return words is [var command, .. var arguments]
            ? new(command, [.. arguments], parsed.GetValue(_listen), parsed.GetValue(_port))
            {
                Isolation = parsed.GetValue(_isolation) ?? "shared",
            }
            : throw new CommandFailedException("The command is empty.", ExitCode.Usage);
    }
}
