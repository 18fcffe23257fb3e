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
    private readonly ConcurrentDictionary<ServerName, Remembered> _remembered = new();

    public WireTap Of(ServerName server) =>
        _taps.GetOrAdd(server, static (_, time) => new(time), time);

    /// <summary>For a runtime: an instance is about to start with this spec, whose secrets it may
    /// repeat for as long as it runs.</summary>
    public void Started(ServerSpec spec) =>
        _remembered.AddOrUpdate(
            spec.Name,
            static (_, spec) => Remembered.Nothing.With(spec),
            static (_, was, spec) => was.With(spec),
            spec
        );

    /// <summary>What is to be hidden in the server's frames; the same object until there is more.
    /// </summary>
    public SecretTexts SecretsOf(ServerName server) =>
        _remembered.GetValueOrDefault(server, Remembered.Nothing).Secrets;

    private sealed record Remembered(ImmutableList<ServerSpec> Specs, SecretTexts Secrets)
    {
        public static Remembered Nothing { get; } = new([], SecretTexts.None);

        public Remembered With(ServerSpec spec)
        {
            if (Specs.Exists(other => ReferenceEquals(other, spec)))
            {
                return this;
            }

            ImmutableList<ServerSpec> specs = [.. Specs.TakeLast(MaxRemembered - 1), spec];
            var secrets = specs.Select(SecretTexts.Of);
            return new(specs, secrets.Aggregate(static (all, one) => all.With(one)));
        }
    }
}
