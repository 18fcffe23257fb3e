using System.Collections.Frozen;
using Gantry.Config;
using Gantry.Gateway.Routing;

namespace Gantry.Gateway.Http;

/// <summary>Every path of one configuration, and where it leads.</summary>
internal sealed record Paths(ConfigSnapshot Config, FrozenDictionary<string, Address> Addresses)
{
    public static Paths Empty { get; } = Of(ConfigSnapshot.Empty);

    public static Paths Of(ConfigSnapshot config)
    {
        var addresses = new Dictionary<string, Address>(StringComparer.Ordinal);
        foreach (var server in config.Servers.Values)
        {
            var root = $"{HttpFront.Root}/{server.Name}";
            Add(addresses, root, new Target.Server(server.Name), server.Spec.Tenant);
        }

        return new(config, addresses.ToFrozenDictionary(StringComparer.Ordinal));
    }

    public Address? Find(string path) =>
        Addresses.TryGetValue(path, out var address)
        || Addresses.TryGetValue(path.TrimEnd('/'), out address)
            ? address
            : null;

    /// <summary>Adds all transports of one target.</summary>
    // The first to take a path keeps it.
    public static void Add(
        Dictionary<string, Address> addresses,
        string root,
        Target target,
        string? tenant
    )
    {
        addresses.TryAdd(root, new(target, Transport.Streamable, tenant));
        addresses.TryAdd($"{root}/sse", new(target, Transport.Sse, tenant));
        addresses.TryAdd($"{root}/message", new(target, Transport.Message, tenant));
        addresses.TryAdd($"{root}/ws", new(target, Transport.WebSocket, tenant));
    }
}
