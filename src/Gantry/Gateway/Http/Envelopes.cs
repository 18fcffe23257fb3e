using Gantry.Access;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Routing;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>What goes along with a caller's requests.</summary>
internal sealed class Envelopes(Board board, Views views)
{
    /// <summary>Nothing of a request is kept in it but, where the configuration of a server says so
    /// that it may be for, the caller's own Authorization header.</summary>
    public Envelope Of(HttpContext context, Target target) =>
        Admission.Of(context) is var admission
        && admission.HasForeignHeader(context.Request)
        && IsForwarded(target, admission.Envelope)
            ? admission.EnvelopeWith(context.Request)
            : admission.Envelope;

    /// <summary>The same, with the headers that carry parameters.</summary>
    // No list, and no query over the headers, for the many requests that have none of these.
    public Envelope WithParameters(HttpContext context, Target target)
    {
        List<KeyValuePair<string, string>>? parameters = null;
        foreach (var (name, value) in context.Request.Headers)
        {
            if (name.StartsWith(RequestHeaders.Parameter, StringComparison.OrdinalIgnoreCase))
            {
                parameters ??= [];
                parameters.Add(new(name, value.ToString()));
            }
        }

        var envelope = Of(context, target);
        return parameters is null ? envelope : envelope with { ParameterHeaders = [.. parameters] };
    }

    /// <summary>The same for a message that came over a stream: headers there are of the stream, or of
    /// how the message got to it, and say nothing of the message.</summary>
    public Envelope OfMessage(HttpContext context, Target target) =>
        Of(context, target) with
        {
            IsBare = true,
        };

    private bool IsForwarded(Target target, Envelope caller) =>
        target switch
        {
            Target.Server server => board.Current.Config.Servers.GetValueOrDefault(server.Name)
                is { Spec.ForwardsAuthorization: true },
            Target.Several several => views.Of(several.Group, caller).ForwardsAuthorization,
            _ => false,
        };
}
