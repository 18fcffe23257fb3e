using System.Collections.Immutable;
using Gantry.Runtimes;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>The lists that one session alone was given, and which of them its client was not given.
/// </summary>
internal sealed class SeatLists
{
    private ImmutableDictionary<ListKind, Kept> _lists = ImmutableDictionary<ListKind, Kept>.Empty;
    private int _missed;

    public Listing? Find(ListKind kind) =>
        Volatile.Read(ref _lists).GetValueOrDefault(kind)?.Listing;

    /// <param name="from">Which instance said so.</param>
    public void Keep(ListKind kind, Listing listing, InstanceId from)
    {
        var kept = new Kept(listing, from);
        ImmutableInterlocked.AddOrUpdate(ref _lists, kind, kept, (_, _) => kept);
    }

    public void Forget(ListKind kind) => ImmutableInterlocked.TryRemove(ref _lists, kind, out _);

    /// <returns>Whether there was one that another instance gave.</returns>
    public bool ForgetBut(InstanceId instance, ListKind kind) =>
        Volatile.Read(ref _lists).TryGetValue(kind, out var kept)
        && kept.From != instance
        && ImmutableInterlocked.TryRemove(ref _lists, kind, out _);

    public void Miss(ListKind kind) => Interlocked.Or(ref _missed, 1 << (int)kind);

    /// <summary>Whether the client was not given it; asked once.</summary>
    public bool TakeMissed(ListKind kind) =>
        (Interlocked.And(ref _missed, ~(1 << (int)kind)) & (1 << (int)kind)) != 0;

    private sealed record Kept(Listing Listing, InstanceId From);
}
