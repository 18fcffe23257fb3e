using System.Net;
using Gantry.Config;

namespace Gantry.Access;

/// <summary>Where a client sees the gateway, proxies in between included.</summary>
internal sealed class PublicUrl(GatewaySettings settings, HostRule hosts)
{
    private readonly string? _configured = settings.PublicUrl?.AbsoluteUri.TrimEnd('/');

    private readonly bool _isBehindSocket = settings.TrustedProxies.Contains(
        GatewaySettings.SocketProxy
    );

    private readonly IPNetwork[] _proxies =
    [
        .. settings.TrustedProxies.Select(Network).OfType<IPNetwork>(),
    ];

    /// <summary>The path that a proxy takes away before it passes requests on; empty or with a
    /// slash in front.</summary>
    public string Prefix { get; } = settings.PublicUrl?.AbsolutePath.TrimEnd('/') ?? "";

    /// <summary>Without a slash at the end.</summary>
    public string Of(HttpContext context) => _configured ?? OfPort(context);

    /// <summary>The same where a server has a port to itself, of which the configured URL says
    /// nothing.</summary>
    public string OfPort(HttpContext context)
    {
        var request = context.Request;
        if (!IsProxy(context.Connection.RemoteIpAddress))
        {
            return $"{request.Scheme}://{request.Host}";
        }

        var scheme = First(request, "X-Forwarded-Proto") is ("http" or "https") and var given
            ? given
            : request.Scheme;
        var host =
            First(request, "X-Forwarded-Host") is { } outside
            && hosts.AllowsHost(outside, context.Connection)
                ? outside
                : request.Host.ToString();
        return $"{scheme}://{host}{ForwardedPrefix(request)}";
    }

    /// <summary>Who is at the other end, behind those proxies that are trusted.</summary>
    public IPAddress? Client(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        var hops = context.Request.Headers["X-Forwarded-For"].ToString().Split(',');
        for (var hop = hops.Length - 1; hop >= 0 && IsProxy(address); hop--)
        {
            if (!IPAddress.TryParse(hops[hop].Trim(), out var before))
            {
                break;
            }

            address = before;
        }

        return address;
    }

    private static string ForwardedPrefix(HttpRequest request)
    {
        var prefix = First(request, "X-Forwarded-Prefix")?.Trim('/') ?? "";
        return prefix.Length > 0 && Uri.IsWellFormedUriString(prefix, UriKind.Relative)
            ? $"/{prefix}"
            : "";
    }

    // The first is what the outermost proxy saw.
    private static string? First(HttpRequest request, string header) =>
        request.Headers[header].ToString().Split(',')[0].Trim() is { Length: > 0 } value
            ? value
            : null;

    // Who comes over a Unix socket has no address.
    private bool IsProxy(IPAddress? address) =>
        address is null
            ? _isBehindSocket
            : _proxies.Length > 0
                && (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) is var plain
                && _proxies.Any(network => network.Contains(plain));

    private static IPNetwork? Network(string text) =>
        IPAddress.TryParse(text, out var address)
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : null;
}
