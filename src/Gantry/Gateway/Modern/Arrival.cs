using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>A request that stands alone, and who made it.</summary>
/// <param name="Envelope">What goes along with this request alone.</param>
internal readonly record struct Arrival(Caller Caller, Envelope Envelope, Frame Request);
