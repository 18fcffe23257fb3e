using Gantry.Config;

namespace Gantry.Gateway.Aggregate.Names;

/// <summary>
/// The URIs of a server's resources and templates where several servers look like one: the server
/// becomes a part of the scheme, <c>files+file:///a</c>, so that references resolve against them
/// and templates expand as before. Pure, and reversible without knowing any list.
/// </summary>
internal static class Addresses
{
    private const char Plus = '+';
    private const string Ui = "ui://";

    // A scheme begins with a letter, a server's name may not; no server's name has a dot.
    private const string BeforeDigit = "s.";

    public static string Map(ServerName server, string uri) =>
        IsEverywhere(uri) ? uri
        // Hosts of MCP Apps know their pages by this scheme, so the server goes behind it.
        : uri.StartsWith(Ui, StringComparison.Ordinal) ? Ui + Prefix(server) + uri[Ui.Length..]
        : Prefix(server) + uri;

    /// <summary>The server and its own URI; null when the URI names no server.</summary>
    public static Addressed? Find(string mapped)
    {
        if (IsEverywhere(mapped))
        {
            return null;
        }

        var scheme = mapped.StartsWith(Ui, StringComparison.Ordinal) ? Ui : "";
        var rest = mapped.AsSpan(scheme.Length);
        var plus = rest.IndexOf(Plus);
        if (plus < 0)
        {
            return null;
        }

        var name = rest[..plus].StartsWith(BeforeDigit, StringComparison.Ordinal)
            ? rest[BeforeDigit.Length..plus]
            : rest[..plus];
        return
            ServerName.TryParse(name.ToString(), out var server)
            && rest.StartsWith(Prefix(server), StringComparison.Ordinal)
            ? new(server, scheme + rest[(plus + 1)..].ToString())
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

    private static string Prefix(ServerName server) =>
        server.ToString() is var name && char.IsAsciiDigit(name[0])
            ? BeforeDigit + name + Plus
            : name + Plus;
}

internal readonly record struct Addressed(ServerName Server, string Uri);
