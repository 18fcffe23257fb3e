using Gantry.Gateway.Sessions;

namespace Gantry.Gateway.Modern;

/// <summary>
/// A session that Gantry holds at a server in a caller's name, with an instance of its own, lent to
/// one call at a time.
/// </summary>
/// <param name="key">Who may use it: the same server, caller and declared client.</param>
internal sealed class Lease(Seat seat, LeaseKey key)
{
    public Seat Seat { get; } = seat;

    public LeaseKey Key { get; } = key;

    public Session Session => Seat.Session;

    /// <summary>On whose behalf, and at which server: for <see cref="StateSeal"/>.</summary>
    public string Caller => Key.Caller;

    /// <summary>
    /// Whether its server hears with each request what the client can do: then it serves all
    /// clients of its caller.
    /// </summary>
    public bool IsForAnyClient { get; set; }

    /// <summary>What the instance was last told to log.</summary>
    public string? LogLevel { get; set; }
}

/// <param name="Client">What the client says of itself, as the instance was told when it
/// began.</param>
internal readonly record struct LeaseKey(string Caller, string Client)
{
    public bool Fits(Lease lease) =>
        this == lease.Key || (lease.IsForAnyClient && Caller == lease.Caller);
}
