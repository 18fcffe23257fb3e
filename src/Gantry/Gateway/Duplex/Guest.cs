using Gantry.Access;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>Whom a stream is with.</summary>
/// <param name="Target">What they came to.</param>
/// <param name="Envelope">What goes along with their requests, as the request that opened the
/// stream said.</param>
internal sealed record Guest(Target Target, Admission Admission, Envelope Envelope)
{
    /// <summary>Whether nobody counted a message before it came here.</summary>
    public bool CountsMessages { get; init; }
}
