namespace Gantry.Wire;

/// <summary>One frame that passed a <see cref="WireTap"/>, as it was written there.</summary>
/// <param name="Timestamp">Of the tap's clock, to measure by.</param>
/// <param name="Id">As JSON text; null when it has none.</param>
/// <param name="Method">Without quotes; null for a response.</param>
/// <param name="Length">How many bytes it has, all of which are in <paramref name="Utf8"/> unless
/// they are more than <see cref="WireTap.MaxKept"/>.</param>
/// <param name="Utf8">Not redacted: nobody may show it as it is.</param>
public sealed record Sighting(
    DateTimeOffset At,
    long Timestamp,
    Spot Spot,
    string? Id,
    string? Method,
    int Length,
    ReadOnlyMemory<byte> Utf8
)
{
    public bool IsWhole => Utf8.Length == Length;

    public override string ToString() => $"{Spot.Face} {Spot.Direction} {Method} {Length} bytes";
}

/// <summary>Where a frame was seen.</summary>
/// <param name="Peer">The session's key on the client's face, the instance on the server's.</param>
public readonly record struct Spot(Face Face, Direction Direction, string Peer);

public enum Face
{
    /// <summary>Between a client and Gantry, with the client's ids.</summary>
    Client,

    /// <summary>Between Gantry and an instance, with the connection's ids.</summary>
    Server,
}

public enum Direction
{
    ToServer,
    ToClient,
}
