using System.CommandLine;
using Gantry.Config;
using Gantry.Daemon;
using Gantry.Gateway.Http;

namespace Gantry.Cli.Bridge;

/// <summary>The options that say which server elsewhere is meant, and how it is reached.</summary>
internal sealed class RemoteSwitches
{
    private const string Auto = "auto";
    private const string StreamableHttp = "streamable-http";

    private readonly Option<string?> _url = new("--url")
    {
        Description =
            "The address of a server that runs elsewhere; unix:PATH, or unix:PATH:/mcp/NAME, for one "
            + "behind a Unix socket.",
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
                StreamableHttp,
                "http",
                "streamablehttp",
                "sse",
                "websocket",
                "ws"
            )
        );
        command.Add(_headers);
    }

    /// <summary>Null when no address is given.</summary>
    public Bridged.Remote? Read(ParseResult parsed) =>
        parsed.GetValue(_url) is { } url ? At(parsed, url) : null;

    /// <summary>The server at an address that was given in another way.</summary>
    public Bridged.Remote At(ParseResult parsed, string url)
    {
        var transport = parsed.GetValue(_transport) switch
        {
            "streamablehttp" => StreamableHttp,
            var word => word ?? Auto,
        };
        return url.StartsWith(GatewaySettings.SocketPrefix, StringComparison.Ordinal)
            ? Behind(url[GatewaySettings.SocketPrefix.Length..], transport)
            : new(url) { Transport = transport };
    }

    // The path on it stands behind a colon, so that it can be told from the socket's own.
    private static Bridged.Remote Behind(string text, string transport)
    {
        var colon = text.IndexOf(":/", StringComparison.Ordinal);
        var (socket, path) =
            colon < 0 ? (text, HttpFront.Root) : (text[..colon], text[(colon + 1)..]);
        return socket.Length > 0
            ? new($"http://localhost{path}") { Transport = transport, Socket = socket }
            : throw new CommandFailedException(
                "A Unix socket is given as unix:PATH, or unix:PATH:/mcp/NAME.",
                ExitCode.Usage
            );
    }

    /// <exception cref="CommandFailedException">One is none.</exception>
    public IReadOnlyList<Bridged.Header> Headers(ParseResult parsed) =>
        [.. (parsed.GetValue(_headers) ?? []).Select(Bridged.Header.Parse)];
}
