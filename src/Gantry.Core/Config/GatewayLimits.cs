namespace Gantry.Config;

/// <summary>Every bound of the gateway, by name.</summary>
public sealed record GatewayLimits
{
    /// <summary>How many bytes a request's body may have.</summary>
    public int MaxBodySize { get; init; } = 16 * 1024 * 1024;

    /// <summary>How many bytes one message of a server may have.</summary>
    public int MaxFrameSize { get; init; } = 64 * 1024 * 1024;

    public int MaxBatchSize { get; init; } = 100;

    public int MaxSessions { get; init; } = 10_000;

    /// <summary>After how long without a sign of life a session is taken for abandoned.</summary>
    public TimeSpan SessionIdleTimeout { get; init; } = TimeSpan.FromMinutes(30);

    public int MaxCallsPerSession { get; init; } = 1_000;

    /// <summary>How many messages wait for a session's client to open a stream; beyond it the
    /// oldest are dropped.</summary>
    public int MaxWaitingMessages { get; init; } = 256;

    /// <summary>How many bytes these messages may have together.</summary>
    public int MaxWaitingBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>How many requests of a session's own instance may wait for the client's answer.</summary>
    public int MaxOpenQuestions { get; init; } = 256;

    public int MaxSubscriptionsPerSession { get; init; } = 1_000;

    /// <summary>How long a stream may be silent before a comment keeps it alive.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How much longer than a server's own startup timeout a call waits for it.</summary>
    public TimeSpan StartupSlack { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many connections a listener has open at a time.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>How long the head of a request may take to arrive.</summary>
    public TimeSpan RequestHeaderTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection may be without a request.</summary>
    public TimeSpan ConnectionIdleTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How many bytes a second a client must send, or take, on average: slow and honest
    /// ones do, one that stopped does not.</summary>
    public int MinDataRate { get; init; } = 240;

    /// <summary>For how long a client may be slower than that.</summary>
    public TimeSpan DataRateGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many bytes of results are kept to be continued, of all servers.</summary>
    public int MaxKeptResults { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long a result can be continued.</summary>
    public TimeSpan KeptResultTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many bytes of answers are remembered, of all servers.</summary>
    public int MaxCacheSize { get; init; } = 32 * 1024 * 1024;
}
