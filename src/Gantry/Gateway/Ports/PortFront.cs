using System.Collections.Frozen;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Http;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Ports;

/// <summary>
/// What a dedicated port answers: its one server at short paths, and at the paths of the main
/// listener too, as some proxies in front do not take a prefix away.
/// </summary>
internal sealed class PortFront(HttpFront front, PortHealth health, PortPlace place, FrontDoor door)
{
    public RequestDelegate For(ServerName server)
    {
        var addresses = AddressesOf(new Target.Server(server), server);
        return Cors.Around(context => HandleAsync(context, server, addresses), door);
    }

    private Task HandleAsync(
        HttpContext context,
        ServerName server,
        FrozenDictionary<string, Address> addresses
    )
    {
        var path = context.Request.Path.Value ?? "";
        if (PortHealth.Covers(path) || place.Paths.Health.Contains(path))
        {
            return health.AnswerAsync(context, server);
        }

        if (context.Request.Path.StartsWithSegments(Challenge.MetadataRoot))
        {
            return ResourceMetadata.SendOfPortAsync(context, door, addresses.ContainsKey);
        }

        if (!addresses.TryGetValue(Plain(path), out var address))
        {
            return front.HandleAsync(context, null);
        }

        var isOldStyle = path.Length <= 1 && IsLegacyStream(context.Request);
        return front.HandleAsync(
            context,
            isOldStyle ? address with { Transport = Transport.Sse } : address
        );
    }

    // Clients that were given a bare address and know only the old way open their stream there.
    private static bool IsLegacyStream(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.Ordinal)
        && request.Headers[HttpText.SessionHeader].Count == 0
        && request.Headers["Mcp-Method"].Count == 0
        && Dialect.Find(request.Headers[HttpText.VersionHeader].ToString())
            is null
                or { HasSessions: true };

    private static string Plain(string path) => path.Length > 1 ? path.TrimEnd('/') : path;

    private FrozenDictionary<string, Address> AddressesOf(Target target, ServerName server)
    {
        var addresses = place.Paths.Transports.ToDictionary(
            path => path.Key,
            path => new Address(target, path.Value),
            StringComparer.Ordinal
        );
        Paths.Add(addresses, "", target);
        Paths.Add(addresses, HttpFront.Root, target);
        Paths.Add(addresses, $"{HttpFront.Root}/{server}", target);
        addresses["/"] = addresses[""];
        return addresses.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
