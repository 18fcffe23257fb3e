using System.Net;

namespace Gantry.Gateway.Http;

/// <summary>
/// Whom a request may claim to be sent to, and from which pages. A page somewhere on the Internet
/// can make a browser send requests to this machine, under its own name (DNS rebinding) or ours;
/// both show in these headers.
/// </summary>
/// <param name="names">Names to accept besides those of the loopback address, without port.</param>
public sealed class HostRule(params IEnumerable<string> names)
{
    private readonly HashSet<string> _names = new(names, StringComparer.OrdinalIgnoreCase);

    public bool Allows(HttpContext context)
    {
        var headers = context.Request.Headers;
        return IsOurs(WithoutPort(headers.Host.ToString()), context.Connection)
            && (
                headers.Origin.Count == 0
                || IsOurPage(headers.Origin.ToString(), context.Connection)
            );
    }

    private bool IsOurPage(string origin, ConnectionInfo connection) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && page.Scheme is "http" or "https"
        && IsOurs(WithoutPort(page.Authority), connection);

    private bool IsOurs(ReadOnlySpan<char> host, ConnectionInfo connection)
    {
        if (
            host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host is "127.0.0.1" or "[::1]"
        )
        {
            return true;
        }

        return _names.GetAlternateLookup<ReadOnlySpan<char>>().Contains(host)
            || IsOurAddress(host.Trim("[]"), connection);
    }

    // An address cannot be rebound as a name can: it is what the client really connected to.
    private static bool IsOurAddress(ReadOnlySpan<char> host, ConnectionInfo connection) =>
        IPAddress.TryParse(host, out var address)
        && (IPAddress.IsLoopback(address) || address.Equals(connection.LocalIpAddress));

    private static ReadOnlySpan<char> WithoutPort(string authority)
    {
        var colon = authority.LastIndexOf(':');
        return colon > authority.LastIndexOf(']') ? authority.AsSpan(0, colon) : authority;
    }
}
