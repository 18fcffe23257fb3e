using System.Collections.Immutable;
using Gantry.Planning;
using Gantry.Runtimes;

namespace Gantry.Reconcile;

internal static class Exits
{
    /// <summary>The exits among what a runtime reports.</summary>
    public static ImmutableArray<Exit> Among(ImmutableArray<Instance> observed) =>
        [.. observed.Where(instance => !instance.IsAlive).Select(Of)];

    public static Exit Of(Instance instance) =>
        new(
            instance.Id,
            instance.Hash,
            instance.EndedAt ?? instance.Since,
            instance.Cause ?? Cause.Crashed,
            instance.ExitCode,
            ReadyFor(instance),
            instance.Reason
        );

    private static TimeSpan ReadyFor(Instance instance) =>
        instance.ReadyAt is { } readyAt
            ? (instance.EndedAt ?? instance.Since) - readyAt
            : TimeSpan.Zero;
}
