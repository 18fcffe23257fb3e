using Gantry.Wire;

namespace Gantry.Tracing;

/// <summary>
/// Remembers the requests that were seen, so that their answers can be told what they answer and
/// how long that took. Bounded: of too many the oldest are forgotten.
/// </summary>
internal sealed class OpenRequests(TimeProvider time)
{
    private const int MaxOpen = 4096;

    private readonly Dictionary<(Spot Spot, string Id), Sighting> _open = [];
    private readonly Queue<(Spot Spot, string Id)> _order = [];

    /// <summary>The request that this answers, and after which time; nothing when it answers none
    /// that was seen.</summary>
    public Answered? Match(Sighting sighting)
    {
        if (sighting.Id is not { } id)
        {
            return null;
        }

        if (sighting.Method is not null)
        {
            Remember((sighting.Spot, id), sighting);
            return null;
        }

        return _open.Remove((Opposite(sighting.Spot), id), out var request)
            ? new(request.Method ?? "", time.GetElapsedTime(request.Timestamp, sighting.Timestamp))
            : null;
    }

    private void Remember((Spot Spot, string Id) key, Sighting request)
    {
        _open[key] = request;
        _order.Enqueue(key);
        while (_order.Count > MaxOpen)
        {
            _open.Remove(_order.Dequeue());
        }
    }

    private static Spot Opposite(Spot spot) =>
        spot with
        {
            Direction =
                spot.Direction is Direction.ToServer ? Direction.ToClient : Direction.ToServer,
        };
}

/// <summary>What a response answers.</summary>
internal readonly record struct Answered(string Method, TimeSpan Elapsed);
