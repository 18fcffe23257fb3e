namespace Gantry.Gateway.Routing;

/// <summary>No instance could take the call, which was not sent.</summary>
/// <param name="message">For the client: which server, why, and what to do.</param>
internal sealed class ServerUnavailableException(string message) : Exception(message)
{
    /// <summary>When to try again; null when nobody can say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
