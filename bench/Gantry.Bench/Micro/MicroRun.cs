using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace Gantry.Bench.Micro;

/// <summary>Runs one class of micro-benchmarks in this process and prints its table.</summary>
internal static class MicroRun
{
    public static void Of<T>()
    {
        var config = ManualConfig
            .CreateEmpty()
            .AddJob(
                Job.ShortRun.WithIterationCount(8).WithToolchain(InProcessNoEmitToolchain.Instance)
            )
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithArtifactsPath(Path.GetTempPath());
        var summary = BenchmarkRunner.Run<T>(config);
        MarkdownExporter.GitHub.ExportToLog(summary, ConsoleLogger.Default);
    }
}
