using Gantry.Config;

namespace Gantry.Gateway.Aggregate.Names;

/// <summary>
/// The URIs of a server's resources and templates where several servers look like one: the server
/// becomes a part of the scheme, <c>files+file:///a</c>, so that references resolve against them
/// and templates expand as before. Pure, and reversible without knowing any list.
/// </summary>
internal static class Addresses
{
    private const char InScheme = '+';
    private const char InHost = '.';
    private const string Ui = "ui://";

    // A scheme begins with a letter, a server's name may not; no server's name has a dot.
    private const string BeforeDigit = "s.";

    public static string Map(ServerName server, string uri) =>
        IsEverywhere(uri) ? uri
        // Hosts of MCP Apps know their pages by this scheme, so the server becomes a part of what
        // follows: with a dot, as not every reader of URIs bears a plus there.
        : uri.StartsWith(Ui, StringComparison.Ordinal)
            ? $"{Ui}{server}{InHost}{uri.AsSpan(Ui.Length)}"
        : Scheme(server) + uri;

    /// <summary>The server and its own URI; null when the URI names no server.</summary>
    public static Addressed? Find(string mapped)
    {
        if (IsEverywhere(mapped))
        {
            return null;
        }

        if (mapped.StartsWith(Ui, StringComparison.Ordinal))
        {
            return Split(mapped[Ui.Length..], InHost) is var (app, page)
                ? new(app, Ui + page)
                : null;
        }

        var text = mapped.StartsWith(BeforeDigit, StringComparison.Ordinal)
            ? mapped[BeforeDigit.Length..]
            : mapped;
        return
            Split(text, InScheme) is var (server, uri)
            && mapped.StartsWith(Scheme(server), StringComparison.Ordinal)
            ? new(server, uri)
            : null;
    }

    /// <summary>
    /// Whether it leads to the same place whoever gave it: a client may well open it itself, and a
    /// tool that links to a page means the page.
    /// </summary>
    public static bool IsEverywhere(string uri) =>
        uri.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
        || uri.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
        || uri.StartsWith("data:", StringComparison.OrdinalIgnoreCase);

    private static string Scheme(ServerName server) =>
        server.ToString() is var name && char.IsAsciiDigit(name[0])
            ? BeforeDigit + name + InScheme
            : name + InScheme;

    private static (ServerName Server, string Behind)? Split(string text, char at) =>
        text.IndexOf(at) is var end and > 0 && ServerName.TryParse(text[..end], out var server)
            ? (server, text[(end + 1)..])
            : null;
}

internal readonly record struct Addressed(ServerName Server, string Uri);
