using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>
/// What is known of a server, awake or asleep: what it said of itself, and its lists.
/// </summary>
/// <param name="Hash">Of the spec by which it ran: with another one, nothing of this holds.</param>
internal sealed record Knowledge(SpecHash Hash)
{
    /// <summary>Null when it was never ready.</summary>
    public Handshake? Handshake { get; init; }

    public ImmutableDictionary<ListKind, Listing> Lists { get; init; } =
        ImmutableDictionary<ListKind, Listing>.Empty;

    /// <summary>When an own instance last said what describes the server to those who have none.
    /// Not kept over a restart, after which the first says it anew.</summary>
    public ImmutableDictionary<ListKind, DateTimeOffset> Described { get; init; } =
        ImmutableDictionary<ListKind, DateTimeOffset>.Empty;

    /// <summary>Whether it may have such a list: one that was never ready may have all.</summary>
    public bool MayOffer(ListKind kind) => Handshake is null || kind.IsOffered(Handshake);

    /// <summary>Whether it may tell when a resource changes.</summary>
    public bool MayWatch =>
        Handshake is null
        || FrameText
            .Member(
                FrameText.Member(Discovery.Capabilities(Handshake), "resources"u8),
                "subscribe"u8
            )
            .SequenceEqual("true"u8);

    /// <summary>Whether its clients may be told that this list changed.</summary>
    public bool MayAnnounce(ListKind kind) => Handshake is null || kind.IsAnnounced(Handshake);
}
