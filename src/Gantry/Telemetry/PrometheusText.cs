using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace Gantry.Telemetry;

/// <summary>
/// Writes collected metrics in the text format that Prometheus reads (version 0.0.4): names in
/// snake case, the unit in the name, counters end in <c>_total</c>.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static void Write(StringBuilder output, Metric metric)
    {
        var name = NameOf(metric);
        output.Append(Invariant($"# HELP {name} {Escape(metric.Description)}\n"));
        output.Append(Invariant($"# TYPE {name} {TypeOf(metric)}\n"));
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            Write(output, metric, name, point);
        }
    }

    private static void Write(
        StringBuilder output,
        Metric metric,
        string name,
        in MetricPoint point
    )
    {
        var labels = Labels(point);
        switch (metric.MetricType)
        {
            case MetricType.Histogram:
                WriteHistogram(output, name, labels, point);
                break;
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                Sample(output, name, labels, point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                Sample(output, name, labels, point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                Sample(output, name, labels, point.GetGaugeLastValueLong());
                break;
            case MetricType.DoubleGauge:
                Sample(output, name, labels, point.GetGaugeLastValueDouble());
                break;
            default:
                throw new NotSupportedException($"{metric.MetricType} of {metric.Name}");
        }
    }

    private static void WriteHistogram(
        StringBuilder output,
        string name,
        string labels,
        in MetricPoint point
    )
    {
        var total = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            total += bucket.BucketCount;
            var bound = double.IsPositiveInfinity(bucket.ExplicitBound)
                ? "+Inf"
                : Number(bucket.ExplicitBound);
            var separator = labels.Length == 0 ? "" : ",";
            Sample(output, name + "_bucket", $"{labels}{separator}le=\"{bound}\"", total);
        }

        Sample(output, name + "_sum", labels, point.GetHistogramSum());
        Sample(output, name + "_count", labels, point.GetHistogramCount());
    }

    private static void Sample(StringBuilder output, string name, string labels, double value)
    {
        output.Append(name);
        if (labels.Length > 0)
        {
            output.Append('{').Append(labels).Append('}');
        }

        output.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Labels(in MetricPoint point)
    {
        var labels = new StringBuilder();
        foreach (var (key, value) in point.Tags)
        {
            labels.Append(labels.Length == 0 ? "" : ",");
            labels.Append(Invariant($"{Plain(key)}=\"{Escape(value?.ToString() ?? "")}\""));
        }

        return labels.ToString();
    }

    private static string NameOf(Metric metric)
    {
        var unit = metric.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        var total = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum ? "_total" : "";
        return Plain(metric.Name) + unit + total;
    }

    private static string TypeOf(Metric metric) =>
        metric.MetricType switch
        {
            MetricType.Histogram => "histogram",
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            _ => "gauge",
        };

    private static string Plain(string name) => name.Replace('.', '_').Replace('-', '_');

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
