using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Config;
using Gantry.Planning;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Reconcile;

/// <summary>
/// What must survive a restart of Gantry, per server: what the operator said, and how instances
/// ended lately (or <c>kill -9</c> would forgive every crash loop). One small file for each.
/// </summary>
public sealed partial class ServerRecords
{
    /// <summary>How many exits are kept per server.</summary>
    public const int MaxExits = 32;

    private readonly string? _directory;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Lock _writing = new();
    private readonly Dictionary<ServerName, ServerRecord> _records = [];
    private readonly HashSet<ServerName> _unwritten = [];
    private readonly WakeUp _written = new();

    private ServerRecords(string? directory, ILogger logger)
    {
        _directory = directory;
        _logger = logger;
    }

    /// <param name="directory">Where the files are, one for each server; created when missing.
    /// Null to keep everything in memory.</param>
    public static ServerRecords Open(string? directory, ILogger<ServerRecords>? logger = null)
    {
        if (directory is not null)
        {
            Directory.CreateDirectory(directory);
        }

        return new(directory, logger ?? NullLogger<ServerRecords>.Instance);
    }

    internal ServerRecord Of(ServerName server)
    {
        lock (_lock)
        {
            if (!_records.TryGetValue(server, out var record))
            {
                _records[server] = record = Read(server) ?? ServerRecord.Empty;
            }

            return record;
        }
    }

    /// <summary>Notes what the operator said. Written when this returns.</summary>
    internal void Say(ServerName server, Func<Intent, Intent> change)
    {
        Change(server, record => record with { Intent = change(record.Intent) });
        Write(server);
    }

    /// <summary>Notes how instances ended, each once however often it is told; written soon.</summary>
    internal void Note(ServerName server, IReadOnlyCollection<Exit> exits)
    {
        if (exits.Count > 0 && Change(server, record => record.With(exits)))
        {
            lock (_lock)
            {
                _unwritten.Add(server);
            }

            _written.Call();
        }
    }

    /// <summary>Forgets a server that is gone for good.</summary>
    internal void Forget(ServerName server)
    {
        lock (_writing)
        {
            lock (_lock)
            {
                _records.Remove(server);
                _unwritten.Remove(server);
            }

            Attempt(server, File.Delete);
        }
    }

    /// <summary>Writes what was noted, until cancelled; and then the rest.</summary>
    internal async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _written.WaitAsync(cancellationToken);
                WriteAll();
            }
        }
        finally
        {
            WriteAll();
        }
    }

    private bool Change(ServerName server, Func<ServerRecord, ServerRecord> change)
    {
        lock (_lock)
        {
            var was = Of(server);
            var next = _records[server] = change(was);
            return !ReferenceEquals(was, next);
        }
    }

    private void WriteAll()
    {
        ServerName[] due;
        lock (_lock)
        {
            due = [.. _unwritten];
            _unwritten.Clear();
        }

        Array.ForEach(due, Write);
    }

    // The record is read inside the writing lock, so that an older one never overwrites a newer.
    private void Write(ServerName server)
    {
        lock (_writing)
        {
            ServerRecord? record;
            lock (_lock)
            {
                record = _records.GetValueOrDefault(server);
            }

            if (record is not null)
            {
                Attempt(server, path => RecordFile.Write(path, record));
            }
        }
    }

    private ServerRecord? Read(ServerName server)
    {
        ServerRecord? record = null;
        Attempt(server, path => record = File.Exists(path) ? ReadOrMoveAside(path) : null);
        return record;
    }

    private ServerRecord? ReadOrMoveAside(string path)
    {
        try
        {
            return RecordFile.Read(path);
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            var aside = path + ".unreadable";
            File.Move(path, aside, overwrite: true);
            LogUnreadable(path, aside, exception);
            return null;
        }
    }

    // A full or read-only disk costs memory over a restart, not the service.
    private void Attempt(ServerName server, Action<string> action)
    {
        if (_directory is null)
        {
            return;
        }

        var path = Path.Combine(_directory, $"{server}.json");
        try
        {
            action(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNoAccess(path, exception.Message);
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Cannot read {File}; it is now {Aside}, and its server starts with a clean record"
    )]
    private partial void LogUnreadable(string file, string aside, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "No access to {File} ({Why}); what it should remember is lost when Gantry restarts"
    )]
    private partial void LogNoAccess(string file, string why);
}

/// <summary>What is remembered of one server.</summary>
/// <param name="Exits">Oldest first.</param>
internal sealed record ServerRecord(Intent Intent, ImmutableArray<Exit> Exits)
{
    public static ServerRecord Empty { get; } = new(Intent.Default, []);

    /// <summary>This record with what is new among the exits; itself when nothing is.</summary>
    public ServerRecord With(IEnumerable<Exit> exits)
    {
        var news = exits.Where(IsNews).ToList();
        return news.Count == 0
            ? this
            : this with
            {
                Exits =
                [
                    .. Exits.Concat(news).OrderBy(exit => exit.At).TakeLast(ServerRecords.MaxExits),
                ],
            };
    }

    // An exit older than a full history was in it once.
    private bool IsNews(Exit exit) =>
        !(Exits.Length >= ServerRecords.MaxExits && exit.At <= Exits[0].At)
        && !Exits.Any(known => known.Instance == exit.Instance && known.At == exit.At);
}
