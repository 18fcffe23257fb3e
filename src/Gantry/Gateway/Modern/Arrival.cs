using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>A request that stands alone, and who made it.</summary>
/// <param name="Envelope">What goes along with this request alone.</param>
internal readonly record struct Arrival(Caller Caller, Envelope Envelope, Frame Request);

/// <summary>The server that it is for.</summary>
internal readonly record struct Destination(ServerName Server, Isolation Isolation);
