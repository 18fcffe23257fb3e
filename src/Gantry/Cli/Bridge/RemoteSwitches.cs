using System.CommandLine;
using Gantry.Daemon;

namespace Gantry.Cli.Bridge;

/// <summary>The options that say which server elsewhere is meant, and how it is reached.</summary>
internal sealed class RemoteSwitches
{
    private const string Auto = "auto";

    private readonly Option<string?> _url = new("--url")
    {
        Description = "The address of a server that runs elsewhere.",
        HelpName = "URL",
    };

    private readonly Option<string> _transport = new("--transport")
    {
        Description =
            "How that is spoken to: auto, streamable-http, sse or websocket. Default: auto.",
        HelpName = "WORD",
        DefaultValueFactory = _ => Auto,
    };

    private readonly Option<string[]> _headers = new("--header", "-H")
    {
        Description =
            "A header for every request to it; ${NAME} in it is filled in. May be repeated.",
        HelpName = "'NAME: VALUE'",
        DefaultValueFactory = _ => [],
    };

    public void AddTo(Command command)
    {
        command.Add(_url);
        command.Add(
            _transport.AcceptOnlyFromAmong(
                Auto,
                "streamable-http",
                "http",
                "sse",
                "websocket",
                "ws"
            )
        );
        command.Add(_headers);
    }

    /// <summary>Null when no address is given.</summary>
    public Bridged.Remote? Read(ParseResult parsed) =>
        parsed.GetValue(_url) is { } url
            ? new(url) { Transport = parsed.GetValue(_transport) ?? Auto }
            : null;

    /// <exception cref="CommandFailedException">One is none.</exception>
    public IReadOnlyList<Bridged.Header> Headers(ParseResult parsed) =>
        [.. (parsed.GetValue(_headers) ?? []).Select(Bridged.Header.Parse)];
}
