using System.Collections.Concurrent;
using Gantry.Config;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>Keeps calls while their clients fetch what is missing, for a time.</summary>
internal sealed class Parking(
    StateSeal seal,
    Peers peers,
    Leases leases,
    GatewayLimits limits,
    TimeProvider time
)
{
    private readonly ConcurrentDictionary<Guid, Place> _places = new();

    public int Count => _places.Count;

    /// <returns>The state with which the client finds it again.</returns>
    /// <exception cref="ServerUnavailableException">There are too many.</exception>
    public string Park(ParkedCall call)
    {
        if (_places.Count >= limits.MaxParkedCalls)
        {
            throw new ServerUnavailableException(
                "Too many calls wait for what their clients were asked. Try again later."
            );
        }

        var ticket = Guid.NewGuid();
        var until = time.GetUtcNow() + limits.InputTimeout;
        _places[ticket] = new(call, until);
        return peers.Name(seal.Seal(ticket, until, call.Lease.Caller));
    }

    /// <summary>The call that the request goes on with; null when there is none.</summary>
    public ParkedCall? Take(string state, string caller, Frame request) =>
        seal.Open(Peers.Bare(state), caller, time.GetUtcNow()) is { } ticket
        && _places.TryGetValue(ticket, out var place)
        && place.Call.IsFor(request)
        && _places.TryRemove(ticket, out place)
            ? place.Call
            : null;

    /// <summary>Gives up what nobody came back for.</summary>
    public async Task ExpireAsync()
    {
        var now = time.GetUtcNow();
        foreach (var (ticket, place) in _places)
        {
            if (place.Until <= now && _places.TryRemove(ticket, out _))
            {
                await GiveUpAsync(place.Call);
            }
        }
    }

    private async Task GiveUpAsync(ParkedCall parked)
    {
        try
        {
            await parked.Call.CancelAsync(notification: null, CancellationToken.None);
        }
        catch (InstanceGoneException)
        {
            // That ended it too.
        }

        foreach (var frame in parked.Call.Abandon())
        {
            frame.Dispose();
        }

        parked.Call.Dispose();
        leases.Discard(parked.Lease, "nobody answered what it asked");
    }

    private sealed record Place(ParkedCall Call, DateTimeOffset Until);
}
