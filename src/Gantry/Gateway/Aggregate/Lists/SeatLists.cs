using System.Collections.Immutable;
using Gantry.Runtimes;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>The lists that one session alone was given, or one client without, and which of them it
/// was not given.</summary>
internal sealed class SeatLists
{
    private ImmutableDictionary<ListKind, Kept> _lists = ImmutableDictionary<ListKind, Kept>.Empty;
    private int _missed;
    private int _doubted;

    public Listing? Find(ListKind kind) =>
        Volatile.Read(ref _lists).GetValueOrDefault(kind)?.Listing;

    /// <param name="from">Which instance said so.</param>
    public void Keep(ListKind kind, Listing listing, InstanceId from)
    {
        var kept = new Kept(listing, from);
        Interlocked.And(ref _doubted, ~(1 << (int)kind));
        ImmutableInterlocked.AddOrUpdate(ref _lists, kind, kept, (_, _) => kept);
    }

    /// <summary>An instance said that it is not what it was.</summary>
    public void Forget(ListKind kind)
    {
        Interlocked.Or(ref _doubted, 1 << (int)kind);
        ImmutableInterlocked.TryRemove(ref _lists, kind, out _);
    }

    /// <summary>Whether it was forgotten, so that only an instance can say what it is.</summary>
    public bool IsForgotten(ListKind kind) => (Volatile.Read(ref _doubted) & (1 << (int)kind)) != 0;

    /// <summary>Whether this very instance gave it.</summary>
    public bool IsFrom(InstanceId instance, ListKind kind) =>
        Volatile.Read(ref _lists).GetValueOrDefault(kind)?.From == instance;

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
