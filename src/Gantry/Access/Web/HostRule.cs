using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using Gantry.Config;

namespace Gantry.Access;

/// <summary>
/// Whom a request may claim to be sent to, and from which pages. A page somewhere on the Internet
/// can make a browser send requests to this machine, under its own name (DNS rebinding) or ours;
/// both show in these headers.
/// </summary>
internal sealed class HostRule
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _pages = new(StringComparer.OrdinalIgnoreCase);
    private readonly ImmutableArray<Regex> _patterns;
    private readonly bool _anyHost;
    private readonly bool _anyPage;

    public HostRule(GatewaySettings settings)
    {
        _names.UnionWith(settings.AllowedHosts.Select(name => name.Trim('[', ']')));
        _pages.UnionWith(settings.CorsOrigins);
        _patterns =
        [
            .. settings
                .CorsOrigins.Where(OriginPattern.IsOne)
                .Select(OriginPattern.Parse)
                .OfType<Regex>(),
        ];
        if (settings.PublicUrl is { } url)
        {
            _names.Add(url.IdnHost);
            _pages.Add(url.GetLeftPart(UriPartial.Authority));
        }

        _anyHost = _names.Contains("*");
        _anyPage = _pages.Contains("*");
    }

    /// <summary>Null when the request may go on.</summary>
    public Refusal? Refuse(HttpContext context, Area area)
    {
        var headers = context.Request.Headers;
        if (!AllowsHost(headers.Host.ToString(), context.Connection))
        {
            return Refusal.OfHost;
        }

        return headers.Origin.Count == 0 || AllowsPage(headers.Origin.ToString(), context, area)
            ? null
            : Refusal.OfOrigin;
    }

    public bool AllowsHost(string authority, ConnectionInfo connection) =>
        _anyHost || IsOurs(WithoutPort(authority), connection);

    /// <summary>Whether pages of this origin were listed, and may read what they get.</summary>
    public bool IsListed(string origin) =>
        _anyPage || _pages.Contains(origin) || _patterns.Any(one => one.IsMatch(origin));

    // What changes servers is for our own pages only; to call them, for any of this machine.
    private bool AllowsPage(string origin, HttpContext context, Area area) =>
        IsListed(origin)
        || origin == $"{context.Request.Scheme}://{context.Request.Host}"
        || (
            area is Area.Servers
            && Uri.TryCreate(origin, UriKind.Absolute, out var page)
            && page.Scheme is "http" or "https"
            && IsOurs(WithoutPort(page.Authority), context.Connection)
        );

    private bool IsOurs(ReadOnlySpan<char> host, ConnectionInfo connection)
    {
        if (
            host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host is "127.0.0.1" or "[::1]"
        )
        {
            return true;
        }

        var bare = host.Trim("[]");
        return _names.GetAlternateLookup<ReadOnlySpan<char>>().Contains(bare)
            || IsOurAddress(bare, connection);
    }

    // An address cannot be rebound as a name can: it is what the client really connected to.
    private static bool IsOurAddress(ReadOnlySpan<char> host, ConnectionInfo connection) =>
        IPAddress.TryParse(host, out var address)
        && (
            IPAddress.IsLoopback(address)
            || address.MapToIPv6().Equals(connection.LocalIpAddress?.MapToIPv6())
        );

    private static ReadOnlySpan<char> WithoutPort(string authority)
    {
        var colon = authority.LastIndexOf(':');
        return colon > authority.LastIndexOf(']') ? authority.AsSpan(0, colon) : authority;
    }
}

/// <summary>The two things that are served.</summary>
internal enum Area
{
    /// <summary>Everything under <c>/mcp</c>.</summary>
    Servers,

    /// <summary>The admin API and the dashboard.</summary>
    Administration,
}
