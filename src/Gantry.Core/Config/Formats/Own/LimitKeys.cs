using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The keys of <c>gateway.limits</c>, and where each one goes.</summary>
internal static class LimitKeys
{
    private const int Kilobyte = 1024;
    private const int Megabyte = 1024 * Kilobyte;
    private const int Gigabyte = 1024 * Megabyte;
    private const int Million = 1_000_000;

    private static readonly GatewayLimits s_default = new();

    private static readonly ImmutableArray<Limit> s_all =
    [
        Size(
            "max_body_size",
            "How large the body of a request may be. Default: 16M.",
            (Kilobyte, Gigabyte),
            static limits => limits.MaxBodySize,
            static (limits, value) => limits with { MaxBodySize = value }
        ),
        Size(
            "max_frame_size",
            "How large one message of a server may be. Default: 64M.",
            (64 * Kilobyte, Gigabyte),
            static limits => limits.MaxFrameSize,
            static (limits, value) => limits with { MaxFrameSize = value }
        ),
        Count(
            "max_batch_size",
            "How many messages a client may send in one array. Default: 100.",
            (1, 10_000),
            static limits => limits.MaxBatchSize,
            static (limits, value) => limits with { MaxBatchSize = value }
        ),
        Count(
            "max_sessions",
            "How many sessions there may be; the one that is idle for longest makes room. Default: 10000.",
            (1, Million),
            static limits => limits.MaxSessions,
            static (limits, value) => limits with { MaxSessions = value }
        ),
        Count(
            "max_calls_per_session",
            "How many requests of a session may be unanswered at a time. Default: 1000.",
            (1, Million),
            static limits => limits.MaxCallsPerSession,
            static (limits, value) => limits with { MaxCallsPerSession = value }
        ),
        Count(
            "max_calls_per_caller",
            "How many requests of a caller without a session may be unanswered at a time. Default: 10000.",
            (1, Million),
            static limits => limits.MaxCallsPerCaller,
            static (limits, value) => limits with { MaxCallsPerCaller = value }
        ),
        Count(
            "max_parked_calls",
            "How many calls may wait for what a client without a session was asked. Default: 1000.",
            (1, Million),
            static limits => limits.MaxParkedCalls,
            static (limits, value) => limits with { MaxParkedCalls = value }
        ),
        Count(
            "max_waiting_messages",
            "How many messages wait for a session's client to open a stream. Default: 256.",
            (1, Million),
            static limits => limits.MaxWaitingMessages,
            static (limits, value) => limits with { MaxWaitingMessages = value }
        ),
        Size(
            "max_waiting_bytes",
            "How large these messages may be together. Default: 8M.",
            (64 * Kilobyte, Gigabyte),
            static limits => limits.MaxWaitingBytes,
            static (limits, value) => limits with { MaxWaitingBytes = value }
        ),
        Size(
            "max_unread_bytes",
            "How much may wait for a client that reads one stream of messages slowly. Default: 64M.",
            (Megabyte, Gigabyte),
            static limits => limits.MaxUnreadBytes,
            static (limits, value) => limits with { MaxUnreadBytes = value }
        ),
        Count(
            "max_replay_events",
            "How many events a session keeps for a client that lost its stream. Default: 256.",
            (1, Million),
            static limits => limits.MaxReplayEvents,
            static (limits, value) => limits with { MaxReplayEvents = value }
        ),
        Size(
            "max_replay_bytes",
            "How large these events may be together. Default: 1M.",
            (Kilobyte, Gigabyte),
            static limits => limits.MaxReplayBytes,
            static (limits, value) => limits with { MaxReplayBytes = value }
        ),
        Count(
            "max_open_questions",
            "How many requests of a session's own instance may wait for its client's answer. Default: 256.",
            (1, Million),
            static limits => limits.MaxOpenQuestions,
            static (limits, value) => limits with { MaxOpenQuestions = value }
        ),
        Count(
            "max_subscriptions_per_session",
            "How many resources a session may watch at a server. Default: 1000.",
            (1, Million),
            static limits => limits.MaxSubscriptionsPerSession,
            static (limits, value) => limits with { MaxSubscriptionsPerSession = value }
        ),
        Count(
            "max_connections",
            "How many connections a listener has open at a time. Default: 20000.",
            (1, Million),
            static limits => limits.MaxConnections,
            static (limits, value) => limits with { MaxConnections = value }
        ),
        Size(
            "min_data_rate",
            "How many bytes a second a client must send or take, on average. Default: 240.",
            (1, Megabyte),
            static limits => limits.MinDataRate,
            static (limits, value) => limits with { MinDataRate = value }
        ),
        Size(
            "max_kept_results",
            "How large results may be together that are kept to be continued. Default: 64M.",
            (Megabyte, Gigabyte),
            static limits => limits.MaxKeptResults,
            static (limits, value) => limits with { MaxKeptResults = value }
        ),
        Size(
            "max_cache_size",
            "How large answers may be together that are remembered. Default: 32M.",
            (Kilobyte, Gigabyte),
            static limits => limits.MaxCacheSize,
            static (limits, value) => limits with { MaxCacheSize = value }
        ),
        Time(
            "session_idle_timeout",
            "After how long without a sign of life a session ends. Default: 30m.",
            ("1s", "720h"),
            static limits => limits.SessionIdleTimeout,
            static (limits, value) => limits with { SessionIdleTimeout = value }
        ),
        Time(
            "keep_alive",
            "How long a stream may be silent before a comment keeps it alive. Default: 15s.",
            ("1s", "1h"),
            static limits => limits.KeepAlive,
            static (limits, value) => limits with { KeepAlive = value }
        ),
        Time(
            "replay_for",
            "How long these events are kept, at least. Default: 1m.",
            ("1s", "24h"),
            static limits => limits.ReplayFor,
            static (limits, value) => limits with { ReplayFor = value }
        ),
        Time(
            "input_timeout",
            "How long a call waits for what a client without a session was asked. Default: 10m.",
            ("1s", "24h"),
            static limits => limits.InputTimeout,
            static (limits, value) => limits with { InputTimeout = value }
        ),
        Time(
            "stall_timeout",
            "How long a client may take nothing of a stream before it is cut. Default: 30s.",
            ("1s", "1h"),
            static limits => limits.StallTimeout,
            static (limits, value) => limits with { StallTimeout = value }
        ),
        Time(
            "pong_timeout",
            "How long a WebSocket may leave a ping without an answer. Default: 60s.",
            ("1s", "1h"),
            static limits => limits.PongTimeout,
            static (limits, value) => limits with { PongTimeout = value }
        ),
        Time(
            "list_patience",
            "How long a list of several servers waits for each of them. Default: 5s.",
            ("100ms", "10m"),
            static limits => limits.ListPatience,
            static (limits, value) => limits with { ListPatience = value }
        ),
        Time(
            "startup_slack",
            "How much longer than its startup_timeout a call waits for a server. Default: 5s.",
            ("0s", "1h"),
            static limits => limits.StartupSlack,
            static (limits, value) => limits with { StartupSlack = value }
        ),
        Time(
            "request_header_timeout",
            "How long the head of a request may take to arrive. Default: 15s.",
            ("1s", "10m"),
            static limits => limits.RequestHeaderTimeout,
            static (limits, value) => limits with { RequestHeaderTimeout = value }
        ),
        Time(
            "connection_idle_timeout",
            "How long a connection may be open without a request. Default: 3m.",
            ("1s", "24h"),
            static limits => limits.ConnectionIdleTimeout,
            static (limits, value) => limits with { ConnectionIdleTimeout = value }
        ),
        Time(
            "data_rate_grace",
            "For how long a client may be slower than min_data_rate. Default: 10s.",
            ("1500ms", "1h"),
            static limits => limits.DataRateGrace,
            static (limits, value) => limits with { DataRateGrace = value }
        ),
        Time(
            "kept_result_timeout",
            "How long a result can be continued. Default: 10m.",
            ("1s", "24h"),
            static limits => limits.KeptResultTimeout,
            static (limits, value) => limits with { KeptResultTimeout = value }
        ),
    ];

    public static readonly KeyTable Table = new([.. s_all.Select(limit => limit.Key)]);

    public static readonly Key<Node.Mapping?> Limits = new(
        "limits",
        new BlockShape(Table),
        "The bounds of the gateway. A change takes effect with the next start."
    );

    public static GatewayLimits Read(Fields fields) =>
        s_all.Aggregate(s_default, (limits, limit) => limit.Read(fields, limits));

    private static Limit Size(
        string name,
        string description,
        (int Least, int Most) range,
        Func<GatewayLimits, int> get,
        Func<GatewayLimits, int, GatewayLimits> with
    )
    {
        var key = new Key<int>(name, new SizeShape(range.Least, range.Most), description);
        return new(key, (fields, limits) => with(limits, fields.Get(key, get(limits))));
    }

    private static Limit Count(
        string name,
        string description,
        (int Least, int Most) range,
        Func<GatewayLimits, int> get,
        Func<GatewayLimits, int, GatewayLimits> with
    )
    {
        var key = new Key<long>(name, new CountShape(range.Least, range.Most), description);
        return new(key, (fields, limits) => with(limits, (int)fields.Get(key, get(limits))));
    }

    private static Limit Time(
        string name,
        string description,
        (string Least, string Most) range,
        Func<GatewayLimits, TimeSpan> get,
        Func<GatewayLimits, TimeSpan, GatewayLimits> with
    )
    {
        var shape = new RangedDurationShape(range.Least, range.Most);
        var key = new Key<TimeSpan>(name, shape, description);
        return new(key, (fields, limits) => with(limits, fields.Get(key, get(limits))));
    }

    private sealed record Limit(Key Key, Func<Fields, GatewayLimits, GatewayLimits> Read);
}
