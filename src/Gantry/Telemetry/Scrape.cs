using System.Collections.Frozen;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gantry.Telemetry;

/// <summary>Collects all metrics at the moment when somebody asks for them.</summary>
internal sealed class Scrape : IDisposable
{
    private const string Runtime = "System.Runtime";

    /// <summary>Of what the runtime measures of this process: what an operator watches.</summary>
    private static readonly FrozenSet<string> s_ofTheProcess =
    [
        "dotnet.gc.heap.total_allocated",
        "dotnet.gc.pause.time",
        "dotnet.process.cpu.time",
        "dotnet.process.memory.working_set",
        "dotnet.thread_pool.thread.count",
    ];

    private readonly Lock _lock = new();
    private readonly TextExporter _exporter = new();
    private readonly MeterProvider _provider;

    public Scrape()
    {
        var reader = new BaseExportingMetricReader(_exporter)
        {
            TemporalityPreference = MetricReaderTemporalityPreference.Cumulative,
        };
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(GatewayMeter.Name, Runtime)
            .AddView(instrument =>
                instrument.Meter.Name is Runtime && !s_ofTheProcess.Contains(instrument.Name)
                    ? MetricStreamConfiguration.Drop
                    : null
            )
            .AddView(
                GatewayMeter.CallDuration,
                new ExplicitBucketHistogramConfiguration
                {
                    Boundaries = GatewayMeter.DurationBuckets,
                    RecordMinMax = false,
                }
            )
            .AddReader(reader)
            .Build();
    }

    /// <summary>All metrics as text.</summary>
    public string Read()
    {
        lock (_lock)
        {
            _exporter.Text.Clear();
            _exporter.Collect?.Invoke(Timeout.Infinite);
            return _exporter.Text.ToString();
        }
    }

    public void Dispose()
    {
        _provider.Dispose();
        _exporter.Dispose();
    }

    [ExportModes(ExportModes.Pull)]
    private sealed class TextExporter : BaseExporter<Metric>, IPullMetricExporter
    {
        /// <summary>Set by the reader.</summary>
        public Func<int, bool>? Collect { get; set; }

        public StringBuilder Text { get; } = new();

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                PrometheusText.Write(Text, metric);
            }

            return ExportResult.Success;
        }
    }
}
