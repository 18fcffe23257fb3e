using System.Text;
using Gantry.Config;
using Gantry.Runtimes.Stdio;
using Microsoft.Extensions.Logging;

namespace Gantry.Runtimes.Process;

/// <summary>What one instance writes besides its messages.</summary>
internal sealed partial class InstanceLog(
    ServerName server,
    InstanceId instance,
    LogText text,
    ServerLogs logs,
    TimeProvider time,
    ILogger logger
)
{
    private const int MaxLine = 8 * 1024;
    private const int MaxLastWords = 300;

    /// <summary>A flood stays in the server's own bounded log; Gantry's gets this many lines a
    /// second.</summary>
    private const int MaxLinesPerSecond = 50;

    private long _second;
    private int _linesThisSecond;

    /// <summary>The last line that it wrote to its standard error; often says why it ended.</summary>
    public string LastWords { get; private set; } = "";

    /// <summary>Reads its standard error to the end, or until cancelled.</summary>
    public async Task ReadAsync(Stream error, CancellationToken cancellationToken)
    {
        using var lines = new LineReader(error, MaxLine);
        while (await lines.TryFillAsync(cancellationToken))
        {
            while (lines.TryTake(out var line))
            {
                Hear(line.Utf8, LogSource.Error);
            }
        }

        Hear(lines.Rest().Utf8, LogSource.Error);
    }

    /// <summary>Notes a line on its standard output that is no message.</summary>
    public void HearNoise(ReadOnlySpan<byte> utf8) =>
        Hear(utf8[..Math.Min(utf8.Length, MaxLine)], LogSource.Noise);

    /// <summary>Notes what Gantry itself has to say about the instance.</summary>
    /// <returns>The same, fit to be shown: it may quote the server.</returns>
    public string Note(string line)
    {
        var clean = text.Clean(Encoding.UTF8.GetBytes(line));
        Append(clean, LogSource.Error);
        return clean;
    }

    private void Hear(ReadOnlySpan<byte> utf8, LogSource source)
    {
        var line = text.Clean(utf8).TrimEnd();
        if (line.Length == 0)
        {
            return;
        }

        if (source is LogSource.Error)
        {
            LastWords = line.Length <= MaxLastWords ? line : line[..MaxLastWords] + "...";
        }

        Append(line, source);
    }

    private void Append(string line, LogSource source)
    {
        var now = time.GetUtcNow();
        logs.Append(server, new(now, instance, source, line));
        var second = now.ToUnixTimeSeconds();
        if (Interlocked.Exchange(ref _second, second) != second)
        {
            _linesThisSecond = 0;
        }

        if (Interlocked.Increment(ref _linesThisSecond) <= MaxLinesPerSecond)
        {
            LogLine(server, line);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Server}: | {Line}")]
    private partial void LogLine(ServerName server, string line);
}
