namespace Gantry.Wire;

/// <summary>What a server said of itself in the handshake.</summary>
/// <param name="Result">The <c>result</c> of <c>initialize</c> or <c>server/discover</c>, as the
/// server wrote it.</param>
public sealed record Handshake(Dialect Dialect, ReadOnlyMemory<byte> Result);
