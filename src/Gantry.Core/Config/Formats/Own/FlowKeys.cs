using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The keys of a server that say how calls and results flow.</summary>
internal static class FlowKeys
{
    private const int MostCalls = 100_000;
    private const int Kilobyte = 1024;
    private const int Gigabyte = 1024 * 1024 * 1024;

    public static readonly Key<long> MaxConcurrency = new(
        "max_concurrency",
        new CountShape(1, MostCalls),
        "How many calls may be at the server at a time; the others wait, and clients take turns. Default: any number."
    );
    public static readonly Key<long> MaxQueue = new(
        "max_queue",
        new CountShape(0, MostCalls),
        "How many calls may wait for their turn; what comes then is refused at once. Default: 256."
    );
    public static readonly Key<TimeSpan> QueueTimeout = new(
        "queue_timeout",
        new RangedDurationShape("1ms", "24h"),
        "How long a call waits for its turn. Default: 60s."
    );

    public static readonly Key<int> MaxSize = new(
        "max_size",
        new SizeShape(Kilobyte, Gigabyte),
        "How large the result of a tool may be. Default: any size."
    );
    public static readonly Key<Excess> OnExcess = new(
        "on_excess",
        new ChoiceShape<Excess>(
            ("truncate", Excess.Truncate),
            ("refuse", Excess.Refuse),
            ("continue", Excess.Continue)
        ),
        "truncate: give the beginning. refuse: give an error. continue: give the beginning, and keep the rest to be fetched. Default: truncate."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> Redact = new(
        "redact",
        Shapes.TextList,
        "What to hide in results: names of patterns, or regular expressions between slashes."
    );
    public static readonly KeyTable ResultBlock = new(MaxSize, OnExcess, Redact);
    public static readonly Key<Node.Mapping?> Results = new(
        "results",
        new BlockShape(ResultBlock),
        "What results must keep to. Default: they pass untouched."
    );

    public static readonly Key<TimeSpan> Ttl = new(
        "ttl",
        new RangedDurationShape("1ms", "24h"),
        "How long the result of a tool may be given again. Default: 30s."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> Tools = new(
        "tools",
        Shapes.TextList,
        "Which tools' results, as names or with '*'; only tools that say they are read-only and idempotent."
    );
    public static readonly KeyTable CacheBlock = new(Ttl, Tools);
    public static readonly Key<Node.Mapping?> Cache = new(
        "cache",
        new BlockShape(CacheBlock),
        "Answers to give again from memory: what the server says may be cached, and the results of these tools. Default: none."
    );
}
