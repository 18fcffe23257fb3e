using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Runtimes;

/// <summary>
/// Where each server's frames can be looked at, and what must not be seen when somebody does.
/// </summary>
public sealed class WireTaps(TimeProvider time)
{
    /// <summary>How many former specs of a server are remembered for their secrets.</summary>
    private const int MaxRemembered = 8;

    private readonly ConcurrentDictionary<ServerName, WireTap> _taps = new();
    private readonly ConcurrentDictionary<ServerName, ImmutableList<ServerSpec>> _specs = new();

    public WireTap Of(ServerName server) =>
        _taps.GetOrAdd(server, static (_, time) => new(time), time);

    /// <summary>For a runtime: an instance is about to start with this spec, whose secrets it may
    /// repeat for as long as it runs.</summary>
    public void Started(ServerSpec spec) =>
        _specs.AddOrUpdate(
            spec.Name,
            static (_, spec) => [spec],
            static (_, specs, spec) => Remember(specs, spec),
            spec
        );

    /// <summary>What is to be hidden in the server's frames.</summary>
    public SecretTexts SecretsOf(ServerName server) =>
        _specs
            .GetValueOrDefault(server, [])
            .Select(SecretTexts.Of)
            .Aggregate(SecretTexts.None, (all, one) => all.With(one));

    private static ImmutableList<ServerSpec> Remember(
        ImmutableList<ServerSpec> specs,
        ServerSpec spec
    )
    {
        var others = specs.RemoveAll(other => ReferenceEquals(other, spec));
        return [.. others.TakeLast(MaxRemembered - 1), spec];
    }
}
