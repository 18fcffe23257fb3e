using System.Collections.Concurrent;
using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Runtimes;

/// <summary>The latest lines that each server's instances wrote, bounded per server.</summary>
public sealed class ServerLogs
{
    /// <summary>How many lines are kept per server.</summary>
    public const int MaxLines = 2_000;

    /// <summary>How many characters these may have together.</summary>
    public const int MaxCharacters = 2 * 1024 * 1024;

    private readonly ConcurrentDictionary<ServerName, Feed<LogLine>> _feeds = new();

    public Feed<LogLine> Of(ServerName server) =>
        _feeds.GetOrAdd(server, static _ => new(MaxLines, MaxCharacters, Weigh));

    public void Append(ServerName server, LogLine line) => Of(server).Append(line);

    /// <summary>Forgets all other servers.</summary>
    public void Keep(IEnumerable<ServerName> servers)
    {
        var kept = servers.ToHashSet();
        foreach (var (server, _) in _feeds)
        {
            if (!kept.Contains(server))
            {
                _feeds.TryRemove(server, out _);
            }
        }
    }

    private static int Weigh(LogLine line) => line.Text.Length;
}

public sealed record LogLine(DateTimeOffset At, InstanceId Instance, LogSource Source, string Text);

public enum LogSource
{
    /// <summary>What the server wrote to its standard error.</summary>
    Error,

    /// <summary>What it wrote to its standard output that is not a message.</summary>
    Noise,

    /// <summary>Log messages that it sent through the protocol to nobody in particular.</summary>
    Message,
}
