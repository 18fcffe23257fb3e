using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Reconcile;

/// <summary>
/// Bounds how many instances may be starting at the same time over all servers. First come, first
/// served, but a start that a call waits for goes before one that nobody waits for.
/// </summary>
internal sealed class StartSlots(int limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ServerName, List<Place>> _places = [];
    private readonly SortedSet<Place> _queue = new(
        Comparer<Place>.Create(static (one, other) => one.Turn.CompareTo(other.Turn))
    );
    private long _arrivals;
    private int _held;

    /// <summary>Starting is mostly waiting, so there may be more than cores.</summary>
    public static int DefaultLimit => Math.Max(4, 2 * Environment.ProcessorCount);

    /// <summary>
    /// Says all that a server has to do with slots at this moment, and gives those of the starts
    /// that may begin. What it held or queued for and does not name any more is given back.
    /// </summary>
    public IReadOnlySet<InstanceId> Claim(ServerName server, StartClaim claim)
    {
        var wakes = new List<Action>();
        HashSet<InstanceId> mayBegin;
        lock (_lock)
        {
            var places = _places.GetValueOrDefault(server) ?? [];
            LeaveAll(places, but: claim);
            Hold(places, claim.Starting);
            Queue(places, claim);
            Remember(server, places);
            CallNext(wakes, server);
            mayBegin = [.. places.Where(place => place.IsHeld).Select(place => place.Instance)];
        }

        wakes.ForEach(static wake => wake());
        mayBegin.IntersectWith(claim.Wanted);
        return mayBegin;
    }

    private void LeaveAll(List<Place> places, StartClaim but)
    {
        foreach (var place in places.Where(place => !but.Names(place.Instance)))
        {
            _held -= place.IsHeld ? 1 : 0;
            _queue.Remove(place);
        }

        places.RemoveAll(place => !but.Names(place.Instance));
    }

    // What is starting already has begun, with or without a slot: it counts.
    private void Hold(List<Place> places, ImmutableArray<InstanceId> starting)
    {
        foreach (var instance in starting)
        {
            var place = places.Find(place => place.Instance == instance);
            if (place is null)
            {
                places.Add(place = new(instance, (0, 0), static () => { }));
            }

            Give(place);
        }
    }

    private void Queue(List<Place> places, StartClaim claim)
    {
        foreach (var instance in claim.Wanted)
        {
            var place = places.Find(place => place.Instance == instance);
            if (place is { IsHeld: true })
            {
                continue;
            }

            var arrival = place?.Turn.Arrival ?? ++_arrivals;
            if (place is not null)
            {
                places.Remove(place);
                _queue.Remove(place);
            }

            place = new(instance, (claim.SomebodyWaits ? 0 : 1, arrival), claim.Wake);
            places.Add(place);
            _queue.Add(place);
        }
    }

    private void Remember(ServerName server, List<Place> places)
    {
        if (places.Count == 0)
        {
            _places.Remove(server);
        }
        else
        {
            _places[server] = places;
        }
    }

    private void CallNext(List<Action> wakes, ServerName asking)
    {
        while (_held < limit && _queue.Min is { } next)
        {
            Give(next);
            if (!_places.GetValueOrDefault(asking, []).Contains(next))
            {
                wakes.Add(next.Wake);
            }
        }
    }

    private void Give(Place place)
    {
        _queue.Remove(place);
        _held += place.IsHeld ? 0 : 1;
        place.IsHeld = true;
    }

    private sealed class Place(InstanceId instance, (int Class, long Arrival) turn, Action wake)
    {
        public InstanceId Instance => instance;

        public (int Class, long Arrival) Turn => turn;

        public Action Wake => wake;

        public bool IsHeld { get; set; }
    }
}

/// <param name="Starting">Instances that are starting now.</param>
/// <param name="Wanted">Instances that should begin to start.</param>
/// <param name="SomebodyWaits">Whether a call or a session waits for them.</param>
/// <param name="Wake">Called when one of the wanted, refused now, may begin.</param>
internal sealed record StartClaim(
    ImmutableArray<InstanceId> Starting,
    ImmutableArray<InstanceId> Wanted,
    bool SomebodyWaits,
    Action Wake
)
{
    public static StartClaim None { get; } = new([], [], false, static () => { });

    public bool Names(InstanceId instance) =>
        Starting.Contains(instance) || Wanted.Contains(instance);
}
