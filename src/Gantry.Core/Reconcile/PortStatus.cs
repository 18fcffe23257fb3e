namespace Gantry.Reconcile;

/// <summary>How a server's own port is.</summary>
/// <param name="Problem">Why it is not open, with both who want it; null when it is.</param>
/// <param name="RetryAt">When it is tried again; null when it is open.</param>
public sealed record PortStatus(int Port, string? Problem, DateTimeOffset? RetryAt)
{
    public bool IsOpen => Problem is null;
}
