using Gantry.Config;

namespace Gantry.Runtimes;

/// <summary>One copy of a server, as last observed. A snapshot, never updated in place.</summary>
/// <param name="Generation">The operator's intent that it was started under; see
/// <see cref="Planning.Intent"/>.</param>
/// <param name="Since">When it entered its phase.</param>
public sealed record Instance(
    InstanceId Id,
    ServerName Server,
    SpecHash Hash,
    long Generation,
    Phase Phase,
    DateTimeOffset Since
)
{
    /// <summary>The client session, or the principal, that it belongs to alone; null for a shared
    /// instance.</summary>
    public string? Session { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? ReadyAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When patience with its present phase ends: drain, or stop.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>How long it may be stopped politely; from the spec that it was started with.</summary>
    public required StopPolicy StopPolicy { get; init; }

    /// <summary>Why it ended or was told to; null while it runs.</summary>
    public Cause? Cause { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>Why it is in its phase, for people; null while all is well.</summary>
    public string? Reason { get; init; }

    public int CallsInFlight { get; init; }

    /// <summary>When a call last ended, or when it became ready if none was made.</summary>
    public DateTimeOffset LastUse { get; init; }

    /// <summary>The operating system's number for it, where it has one here.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Starting or ready: it counts towards what is wanted.</summary>
    public bool IsUp => Phase is Phase.Starting or Phase.Ready;

    /// <summary>Anything but exited: it may still write to what its successor would share.</summary>
    public bool IsAlive => Phase is not Phase.Exited;
}

/// <summary>
/// Made from server, hash and ordinal, so that a start planned from a stale observation names an
/// instance that is already there instead of a second one.
/// </summary>
public readonly record struct InstanceId(string Value)
{
    private const int HashDigits = 6;

    public static InstanceId Of(Desired desired, int ordinal) =>
        new($"{desired.Name}-{desired.Hash.Value[..HashDigits]}-{ordinal}");

    /// <summary>The one instance of a session: it too can be started only once.</summary>
    public static InstanceId Of(Desired desired, string session) =>
        new($"{desired.Name}-{desired.Hash.Value[..HashDigits]}-s{session}");

    public override string ToString() => Value;
}

/// <summary>Where an instance is in its life. Health and authorisation are not phases.</summary>
public enum Phase
{
    Starting,
    Ready,

    /// <summary>Takes no new calls; those in flight go on until the deadline.</summary>
    Draining,

    /// <summary>Was asked to leave, and will be killed after the deadline.</summary>
    Stopping,
    Exited,
}

/// <summary>Why an instance ended.</summary>
public enum Cause
{
    /// <summary>Gantry asked: a change, a removal, idleness, the operator.</summary>
    Asked,

    /// <summary>It ended by itself.</summary>
    Crashed,

    Unhealthy,
    OutOfMemory,

    /// <summary>It did not answer the handshake in time, or could not be started at all.</summary>
    NeverReady,
}

public readonly record struct StopPolicy(TimeSpan DrainTimeout, TimeSpan Grace)
{
    public static StopPolicy Of(ServerSpec spec) => new(spec.DrainTimeout, spec.StopGrace);
}
