namespace Gantry.Runtimes.Remote;

/// <summary>Bounds of the conversations with servers that run elsewhere, each with its name.</summary>
internal static class RemoteLimits
{
    /// <summary>How many connections to one origin one instance may have at a time.</summary>
    public const int MaxConnections = 512;

    /// <summary>How often a request may be sent on to another address of the same origin.</summary>
    public const int MaxRedirects = 3;

    /// <summary>How often in a row a broken stream is asked for again in vain.</summary>
    public const int MaxResumptions = 5;

    /// <summary>How often a request is sent at most that could not leave, or was turned away with a
    /// plea for patience.</summary>
    public const int MaxAttempts = 4;

    /// <summary>How large an answer may be that says why a request was refused.</summary>
    public const int MaxRefusal = 64 * 1024;

    /// <summary>How long a stream may go on after the answer that it was for.</summary>
    public static readonly TimeSpan AfterAnswer = TimeSpan.FromSeconds(2);

    /// <summary>How long the server may take to hear a goodbye.</summary>
    public static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait before a stream is asked for again, unless the server says.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait for an origin that takes no connection at the moment, each time so
    /// much longer.</summary>
    public static readonly TimeSpan Reconnect = TimeSpan.FromMilliseconds(250);

    /// <summary>An origin that asks for more patience than this gets none.</summary>
    public static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    /// <summary>After so long without a sign the origin is asked whether it is still there.</summary>
    public static readonly TimeSpan HealthCheck = TimeSpan.FromSeconds(30);

    /// <summary>How often to look for calls whose server has been silent for too long.</summary>
    public static TimeSpan Look(TimeSpan patience)
    {
        var quarter = patience / 4;
        return quarter < TimeSpan.FromMilliseconds(10) ? TimeSpan.FromMilliseconds(10)
            : quarter > TimeSpan.FromSeconds(15) ? TimeSpan.FromSeconds(15)
            : quarter;
    }
}
