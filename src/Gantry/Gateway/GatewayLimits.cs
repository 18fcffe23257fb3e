namespace Gantry.Gateway;

/// <summary>Every bound of the gateway, by name.</summary>
public sealed record GatewayLimits
{
    /// <summary>How many bytes a request's body may have.</summary>
    public int MaxBodySize { get; init; } = 16 * 1024 * 1024;

    public int MaxBatchSize { get; init; } = 100;

    public int MaxSessions { get; init; } = 10_000;

    /// <summary>After how long without a sign of life a session is taken for abandoned.</summary>
    public TimeSpan SessionIdleTimeout { get; init; } = TimeSpan.FromMinutes(30);

    public int MaxCallsPerSession { get; init; } = 1_000;

    /// <summary>How many messages wait for a session's client to open a stream; beyond it the
    /// oldest are dropped.</summary>
    public int MaxWaitingMessages { get; init; } = 256;

    /// <summary>How many requests of a session's own instance may wait for the client's answer.</summary>
    public int MaxOpenQuestions { get; init; } = 256;

    public int MaxSubscriptionsPerSession { get; init; } = 1_000;

    /// <summary>How many requests of one caller without a session may be in flight.</summary>
    public int MaxCallsPerCaller { get; init; } = 10_000;

    /// <summary>How many calls may wait for what their clients without a session were asked.</summary>
    public int MaxParkedCalls { get; init; } = 1_000;

    /// <summary>How long such a call waits.</summary>
    public TimeSpan InputTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a server without sessions may ask for input within one request.</summary>
    public int MaxInputRounds { get; init; } = 16;

    /// <summary>How long a question waits for others that the server asks at the same time.</summary>
    public TimeSpan GatherTime { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long an instance that was lent to a call is kept for the next one.</summary>
    public TimeSpan LeaseIdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a call waits for an instance that other calls have.</summary>
    public TimeSpan LeasePatience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a stream may be silent before a comment keeps it alive.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many bytes of messages may wait for a client that reads them on one stream
    /// before no more of its own are taken.</summary>
    public int BusyBytes { get; init; } = 1024 * 1024;

    /// <summary>How many bytes of messages may wait for such a client at all; beyond it the stream
    /// is cut.</summary>
    public long MaxWaitingBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long a client may take none of what it is sent before its stream is cut.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the other end of a WebSocket may leave a ping without an answer.</summary>
    public TimeSpan PongTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many events of a session's streams are kept for a client that lost one.</summary>
    public int MaxReplayEvents { get; init; } = 256;

    /// <summary>How many bytes they may have.</summary>
    public int MaxReplayBytes { get; init; } = 1024 * 1024;

    /// <summary>How long they are kept, at least; twice that at most.</summary>
    public TimeSpan ReplayFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a stream may be open without a session.</summary>
    public TimeSpan IntroductionTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a list of several servers waits for each of them.</summary>
    public TimeSpan ListPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a server that is up may take for a list before it is given up.</summary>
    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>For how long changed lists of several servers are gathered, to be told at once.
    /// </summary>
    public TimeSpan ChangesTogether { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many characters of each server's instructions those of several servers quote.
    /// </summary>
    public int MaxQuotedInstructions { get; init; } = 1_000;

    /// <summary>How many characters the instructions of several servers have at most.</summary>
    public int MaxInstructions { get; init; } = 16_000;

    /// <summary>How much longer than a server's own startup timeout a call waits for it.</summary>
    public TimeSpan StartupSlack { get; init; } = TimeSpan.FromSeconds(5);
}
