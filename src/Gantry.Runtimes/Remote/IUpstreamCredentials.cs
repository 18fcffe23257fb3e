using System.Net.Http.Headers;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote;

/// <summary>
/// What Gantry shows an origin so that it is let in. Asked before every request, and told of every
/// refusal.
/// </summary>
public interface IUpstreamCredentials
{
    /// <summary>The header to send; null to send none.</summary>
    /// <param name="resource">The server's address, as configured and filled in.</param>
    /// <param name="envelope">On whose behalf the request is made.</param>
    /// <exception cref="UpstreamRefusedException">There can be no credentials; the request is not
    /// sent.</exception>
    ValueTask<AuthenticationHeaderValue?> GetAsync(
        ServerName server,
        Uri resource,
        Envelope envelope,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Looks at a refusal. True when it is worth to try once more, with what <see
    /// cref="GetAsync"/> gives then; the refused request did not get in.
    /// </summary>
    /// <param name="refused">401 or 403, with its <c>WWW-Authenticate</c>. It stays the
    /// caller's.</param>
    /// <exception cref="UpstreamRefusedException">It is not, for a reason that people should
    /// read.</exception>
    ValueTask<bool> ChallengeAsync(
        ServerName server,
        Uri resource,
        Envelope envelope,
        HttpResponseMessage refused,
        CancellationToken cancellationToken
    );
}

/// <summary>The origin lets nobody in; the message says why and what to do, without any
/// secret.</summary>
public sealed class UpstreamRefusedException(string message) : Exception(message);

/// <summary>For servers that ask for nothing beyond what their configured headers say.</summary>
public sealed class NoUpstreamCredentials : IUpstreamCredentials
{
    /// <inheritdoc/>
    public ValueTask<AuthenticationHeaderValue?> GetAsync(
        ServerName server,
        Uri resource,
        Envelope envelope,
        CancellationToken cancellationToken
    ) => default;

    /// <inheritdoc/>
    public ValueTask<bool> ChallengeAsync(
        ServerName server,
        Uri resource,
        Envelope envelope,
        HttpResponseMessage refused,
        CancellationToken cancellationToken
    ) => default;
}
