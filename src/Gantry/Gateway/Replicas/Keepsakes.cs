using Gantry.Gateway.Flow;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Replicas;

/// <summary>What a client without a session was given to come back with.</summary>
internal static class Keepsakes
{
    /// <summary>The state of a call that waits, or the name of a result that is kept; null when
    /// the request brings neither.</summary>
    public static string? NameIn(Frame request) =>
        request.Text(request.RequestState) ?? Continuation.IdIn(request);
}
