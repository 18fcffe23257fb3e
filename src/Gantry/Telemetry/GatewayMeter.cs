using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gantry.Reconcile;
using Gantry.Runtimes;

namespace Gantry.Telemetry;

/// <summary>The instruments of the gateway. Costs next to nothing while nobody collects.</summary>
internal sealed class GatewayMeter : IDisposable
{
    public const string Name = "Gantry";

    public const string CallDuration = "gantry.call.duration";

    /// <summary>In seconds: from an echo on a pipe to a call that waited for a cold server.</summary>
    public static readonly double[] DurationBuckets =
    [
        0.0005,
        0.001,
        0.0025,
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
        30,
        60,
        300,
    ];

    /// <summary>How many names of methods and tools become labels.</summary>
    private const int MaxNames = 2_000;

    private readonly Meter _meter = new(Name);
    private readonly KnownTexts _names = new(MaxNames);
    private readonly Histogram<double> _calls;
    private readonly Counter<long> _forwarded;

    public GatewayMeter(Board board)
    {
        _calls = _meter.CreateHistogram<double>(
            CallDuration,
            "s",
            "How long calls took, from the arrival of the request to its answer."
        );
        _forwarded = _meter.CreateCounter<long>(
            "gantry.requests.forwarded",
            "{request}",
            "Requests passed on to the replica that has their session, by what came of it."
        );
        _meter.CreateObservableGauge(
            "gantry.instances",
            () => Instances(board.Current),
            "{instance}",
            "Instances, by phase."
        );
        _meter.CreateObservableGauge(
            "gantry.calls.in_flight",
            () => InFlight(board.Current),
            "{call}",
            "Calls that instances have not answered yet, as of the last change."
        );
    }

    /// <param name="method">A JSON string.</param>
    /// <param name="tool">A JSON string; empty when it calls no tool.</param>
    public void Call(
        string server,
        ReadOnlySpan<byte> method,
        ReadOnlySpan<byte> tool,
        string outcome,
        TimeSpan duration
    )
    {
        if (!_calls.Enabled)
        {
            return;
        }

        var tags = new TagList
        {
            { "server", server },
            { "method", _names.Of(method) },
            { "tool", tool.IsEmpty ? "" : _names.Of(tool) },
            { "outcome", outcome },
        };
        _calls.Record(duration.TotalSeconds, tags);
    }

    public void Forwarded(string outcome) =>
        _forwarded.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<int>> Instances(BoardSnapshot board) =>
        from server in board.Servers
        from phase in Enum.GetValues<Phase>()
        select new Measurement<int>(
            server.Value.Instances.Count(instance => instance.Phase == phase),
            new("server", server.Key.ToString()),
            new("phase", Word(phase))
        );

    private static IEnumerable<Measurement<int>> InFlight(BoardSnapshot board) =>
        from server in board.Servers
        select new Measurement<int>(
            server.Value.Instances.Sum(instance => instance.CallsInFlight),
            new KeyValuePair<string, object?>("server", server.Key.ToString())
        );

    private static string Word(Phase phase) =>
        phase switch
        {
            Phase.Starting => "starting",
            Phase.Ready => "ready",
            Phase.Draining => "draining",
            Phase.Stopping => "stopping",
            _ => "exited",
        };
}
