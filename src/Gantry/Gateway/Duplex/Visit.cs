using Gantry.Access;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>Who came, and to what.</summary>
/// <param name="CountsMessages">Whether each request counts against the caller's rate here; where each
/// comes as an HTTP request of its own, it was counted there.</param>
internal sealed record Visit(Target Target, Admission Admission, bool CountsMessages)
{
    /// <summary>For requests that come with no headers of their own.</summary>
    public Envelope Envelope { get; init; } = Admission.Envelope;

    /// <summary>Whether somebody else's message may join: nobody's but the same caller's.</summary>
    public bool IsBy(Admission other) => other.Envelope.Principal == Envelope.Principal;

    /// <summary>Begins a request. Null when it may be served, until <see cref="Leave"/>.</summary>
    public Excess? Enter() =>
        Admission.IsLimited
            ? (CountsMessages ? Admission.Take(1) : null) ?? Admission.Enter()
            : null;

    public void Leave()
    {
        if (Admission.IsLimited)
        {
            Admission.Leave();
        }
    }
}
