using Gantry.Runtimes.Process;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote;

/// <summary>What every conversation needs, whatever carries it.</summary>
/// <param name="Origin">Belongs to the conversation.</param>
/// <param name="Incarnation">Differs between two starts of one instance, so that what belongs to
/// one of them is never taken for the other's.</param>
internal sealed record RemoteContext(
    InstanceId Instance,
    long Incarnation,
    Origin Origin,
    InstanceLog Log,
    TimeProvider Time
)
{
    /// <summary>What to tell a server that wants to be introduced to.</summary>
    public required ReadOnlyMemory<byte> InitializeParams { get; init; }

    /// <summary>The longest message that a server may send, in bytes.</summary>
    public required int MaxFrameSize { get; init; }

    /// <summary>Where its frames can be looked at.</summary>
    public required WireTap Tap { get; init; }

    /// <summary>What was found out about the server before.</summary>
    public required Verdict Known { get; init; }
}

/// <summary>How an origin turned out to want to be spoken to.</summary>
internal enum Verdict
{
    Unknown,

    /// <summary>Every request alone.</summary>
    Modern,

    /// <summary>Conversations that begin with <c>initialize</c>.</summary>
    Legacy,

    /// <summary>The same over the older transport.</summary>
    LegacyEvents,
}
