using System.Collections.Immutable;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>The lists of one session's own instance, and which of them its client was not given.
/// </summary>
internal sealed class SeatLists
{
    private ImmutableDictionary<ListKind, Listing> _lists = ImmutableDictionary<
        ListKind,
        Listing
    >.Empty;
    private int _missed;

    public Listing? Find(ListKind kind) => Volatile.Read(ref _lists).GetValueOrDefault(kind);

    public void Keep(ListKind kind, Listing listing) =>
        ImmutableInterlocked.AddOrUpdate(ref _lists, kind, listing, (_, _) => listing);

    public void Forget(ListKind kind) => ImmutableInterlocked.TryRemove(ref _lists, kind, out _);

    public void Miss(ListKind kind) => Interlocked.Or(ref _missed, 1 << (int)kind);

    /// <summary>Whether the client was not given it; asked once.</summary>
    public bool TakeMissed(ListKind kind) =>
        (Interlocked.And(ref _missed, ~(1 << (int)kind)) & (1 << (int)kind)) != 0;
}
