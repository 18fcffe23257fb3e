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
        foreach (var name in config.Servers.Keys)
        {
            Add(addresses, $"{HttpFront.Root}/{name}", new Target.Server(name));
        }

        Add(addresses, HttpFront.Root, new Target.Several(null));
        foreach (var group in config.Groups.Keys)
        {
            Add(addresses, $"{HttpFront.Root}/g/{group}", new Target.Several(group.ToString()));
        }

        return new(config, addresses.ToFrozenDictionary(StringComparer.Ordinal));
    }

    public Address? Find(string path) =>
        Addresses.TryGetValue(path, out var address)
        || Addresses.TryGetValue(path.TrimEnd('/'), out address)
            ? address
            : null;

    /// <summary>The path of the main listener at which every gateway has this.</summary>
    public static string Of(Address address) =>
        HttpFront.Root
        + address.Target switch
        {
            Target.Server server => $"/{server.Name}",
            Target.Several { Group: { } group } => $"/g/{group}",
            _ => "",
        }
        + address.Transport switch
        {
            Transport.Sse => "/sse",
            Transport.Message => "/message",
            Transport.WebSocket => "/ws",
            _ => "",
        };

    /// <summary>Adds all transports of one target.</summary>
    // The first to take a path keeps it.
    public static void Add(Dictionary<string, Address> addresses, string root, Target target)
    {
        addresses.TryAdd(root, new(target, Transport.Streamable));
        addresses.TryAdd($"{root}/sse", new(target, Transport.Sse));
        addresses.TryAdd($"{root}/message", new(target, Transport.Message));
        addresses.TryAdd($"{root}/ws", new(target, Transport.WebSocket));
    }
}
