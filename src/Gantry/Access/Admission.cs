using Gantry.Wire;

namespace Gantry.Access;

/// <summary>Somebody who is in: who it is, what is left of their limits, and until when.</summary>
internal sealed class Admission(
    Principal principal,
    Budget own,
    Budget? tenants,
    CancellationToken ended
)
{
    public Principal Principal { get; } = principal;

    /// <summary>Cancelled when they are no longer welcome.</summary>
    public CancellationToken Ended { get; } = ended;

    /// <summary>The path to which the credentials are limited; null for none.</summary>
    public string? PathLimit { get; init; }

    /// <summary>Whether they came in with a credential of Gantry's own making, which no server may
    /// ever see.</summary>
    public bool IsHeaderOurs { get; init; }

    /// <summary>For upstream requests on their behalf.</summary>
    public Envelope Envelope { get; } =
        principal.Kind is PrincipalKind.Anonymous && principal.Tenancy.IsEverything
            ? Envelope.Own
            : new(principal.Kind is PrincipalKind.Anonymous ? null : principal.Id)
            {
                Tenancy = principal.Tenancy,
            };

    public bool IsLimited => own.IsLimited || tenants is { IsLimited: true };

    /// <summary>Whose the request is. Every request that passed the front door has one.</summary>
    public static Admission Of(HttpContext context) =>
        context.Features.Get<Admission>()
        ?? throw new InvalidOperationException("Nobody asked at the front door.");

    /// <summary>Takes requests from the rates. Null when they may be served.</summary>
    public Excess? Take(int count) => own.Take(count) ?? tenants?.Take(count);

    /// <summary>Begins a request; it counts until <see cref="Leave"/>. Null when it may.</summary>
    public Excess? Enter()
    {
        if (own.Enter() is { } excess)
        {
            return excess;
        }

        if (tenants?.Enter() is { } tooMany)
        {
            own.Leave();
            return tooMany;
        }

        return null;
    }

    public void Leave()
    {
        own.Leave();
        tenants?.Leave();
    }

    /// <summary>Whether the Authorization header is the caller's own and none of ours, so that a
    /// server may see it whose configuration says so.</summary>
    // With the key in a header of its own, Authorization was meant for somebody else.
    public bool HasForeignHeader(HttpRequest request) =>
        request.Headers.Authorization is [{ Length: > 0 } authorization]
        && (!IsHeaderOurs || request.Headers.ContainsKey(Presented.KeyHeader))
        && !authorization.Contains(" " + KeyText.Prefix, StringComparison.Ordinal);

    /// <summary>With the caller's own Authorization header.</summary>
    public Envelope EnvelopeWith(HttpRequest request) =>
        Envelope with
        {
            ForwardedAuthorization = request.Headers.Authorization.ToString(),
        };
}
