using System.Collections.Immutable;
using System.Threading.Channels;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Microsoft.Extensions.Logging;

namespace Gantry.Reconcile;

/// <summary>
/// Makes what runs follow what is configured: one loop for each server. Nobody else starts or
/// stops anything.
/// </summary>
public sealed partial class Reconciler
{
    /// <summary>What a shutdown may take on top of the servers' own drain and grace.</summary>
    private static readonly TimeSpan s_shutdownMargin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_longestShutdown = TimeSpan.FromHours(1);

    private readonly Surroundings _shared;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();

    // Bounded by the number of servers: each loop passes through once.
    private readonly Channel<ServerLoop> _begun = Channel.CreateUnbounded<ServerLoop>();
    private ImmutableDictionary<ServerName, ServerLoop> _loops = ImmutableDictionary.Create<
        ServerName,
        ServerLoop
    >();
    private bool _shuttingDown;

    public Reconciler(
        IRuntime runtime,
        Board board,
        ServerRecords records,
        Feed<Event> events,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        _shared = new(runtime, board, records, new(StartSlots.DefaultLimit), events, time);
        _loggers = loggers;
        _logger = loggers.CreateLogger<Reconciler>();
    }

    /// <summary>
    /// Takes over a configuration. Returns at once; a server whose definition says the same as
    /// before is not touched.
    /// </summary>
    public void Apply(ConfigSnapshot snapshot)
    {
        lock (_lock)
        {
            if (_shuttingDown)
            {
                return;
            }

            // First, so that whoever sees a server's status finds its definition too.
            _shared.Board.Publish(board => board with { Config = snapshot });
            var (added, changed, removed) = (0, 0, 0);
            foreach (var desired in snapshot.Servers.Values)
            {
                added += Loop(desired.Name).Desired is null ? 1 : 0;
                changed += Want(Loop(desired.Name), desired) ? 1 : 0;
            }

            foreach (var loop in _loops.Values.Where(loop => IsRemoved(loop, snapshot)))
            {
                removed++;
                Tell($"{loop.Name} removed", loop.Name);
                loop.Desired = null;
                loop.Wake();
            }

            Tell($"{Count(snapshot)}: {added} added, {changed} changed, {removed} removed");
        }
    }

    private static string Count(ConfigSnapshot snapshot) =>
        snapshot.Servers.Count is var count and not 1 ? $"{count} servers" : "1 server";

    /// <summary>
    /// Where calls for a server note themselves; null when the configuration has no such server.
    /// </summary>
    public DemandMeter? Demand(ServerName server) => Find(server)?.Demand;

    /// <summary>Starts what the operator stopped, and tries again at once what keeps failing.</summary>
    /// <returns>False when the configuration has no such server.</returns>
    public bool Start(ServerName server) =>
        Say(
            server,
            (intent, now) =>
                intent with
                {
                    Generation = intent.Generation + (intent.Paused ? 1 : 0),
                    Paused = false,
                    Since = now,
                },
            wanted: true
        );

    /// <summary>Stops a server until the operator starts it again, over restarts of Gantry too.</summary>
    /// <returns>False when the configuration has no such server.</returns>
    public bool Stop(ServerName server) =>
        Say(server, (intent, now) => intent with { Paused = true, Since = now }, wanted: false);

    /// <summary>Replaces what runs, and forgives earlier failures.</summary>
    /// <returns>False when the configuration has no such server.</returns>
    public bool Restart(ServerName server) =>
        Say(server, (intent, now) => new(intent.Generation + 1, false, now), wanted: true);

    /// <summary>What <see cref="Apply"/> would do with a configuration, without doing it.</summary>
    public ImmutableArray<PlannedServer> Preview(ConfigSnapshot snapshot)
    {
        var loops = Volatile.Read(ref _loops);
        return
        [
            .. snapshot
                .Servers.Keys.Union(loops.Keys)
                .Order()
                .Select(name => Preview(name, snapshot, loops.GetValueOrDefault(name))),
        ];
    }

    /// <summary>What a configuration would do where nothing runs yet.</summary>
    public static ImmutableArray<PlannedServer> PreviewFromNothing(
        ConfigSnapshot snapshot,
        DateTimeOffset now
    ) =>
        [
            .. snapshot.Servers.Values.Select(desired =>
                PlannedServer.Of(
                    desired.Name,
                    was: null,
                    new(desired, Intent.Default, [], [], Planning.Demand.None, now)
                )
            ),
        ];

    /// <summary>Runs the loops until cancelled. Leaves instances as they are.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _shared.Runtime.Changed += Wake;
        var running = new List<Task> { UntilCancelledAsync(_shared.Records.WriteAsync) };
        try
        {
            await foreach (var loop in _begun.Reader.ReadAllAsync(cancellationToken))
            {
                running.RemoveAll(static task => task.IsCompletedSuccessfully);
                running.Add(UntilCancelledAsync(token => loop.RunAsync(() => TryEnd(loop), token)));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way this ends.
        }
        finally
        {
            await Task.WhenAll(running);
            _shared.Runtime.Changed -= Wake;
        }

        async Task UntilCancelledAsync(Func<CancellationToken, Task> run)
        {
            try
            {
                await run(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The way this ends.
            }
        }
    }

    /// <summary>
    /// Brings everything down politely, for good. Needs <see cref="RunAsync"/> to be running.
    /// Returns when nothing is alive, or when every grace is over.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        ServerLoop[] loops;
        lock (_lock)
        {
            _shuttingDown = true;
            loops = [.. _loops.Values];
        }

        Array.ForEach(loops, static loop => loop.ShutDown());
        using var bound = new CancellationTokenSource(LongestGoodbye(loops), _shared.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            bound.Token,
            cancellationToken
        );
        try
        {
            await Task.WhenAll(loops.Select(loop => loop.Down)).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            LogStillAlive(loops.Count(loop => !loop.Down.IsCompleted));
        }
    }

    private ServerLoop Loop(ServerName name)
    {
        if (!_loops.TryGetValue(name, out var loop))
        {
            loop = new(name, _shared, _loggers.CreateLogger<ServerLoop>());
            Volatile.Write(ref _loops, _loops.Add(name, loop));
            _begun.Writer.TryWrite(loop);
        }

        return loop;
    }

    private bool Want(ServerLoop loop, Desired desired)
    {
        var was = loop.Desired;
        loop.Desired = desired;
        if (was is not null && SpecDifference.IsNone(was, desired))
        {
            return false;
        }

        loop.Wake();
        if (was is not null)
        {
            var fields = SpecDifference.Between(was.Spec, desired.Spec);
            Tell($"{loop.Name}: {SpecDifference.Describe(fields)}", loop.Name);
        }

        return was is not null;
    }

    private static bool IsRemoved(ServerLoop loop, ConfigSnapshot snapshot) =>
        loop.Desired is not null && !snapshot.Servers.ContainsKey(loop.Name);

    private ServerLoop? Find(ServerName server) =>
        Volatile.Read(ref _loops).GetValueOrDefault(server) is { Desired: not null } loop
            ? loop
            : null;

    private bool Say(ServerName server, Func<Intent, DateTimeOffset, Intent> change, bool wanted)
    {
        if (Find(server) is not { } loop)
        {
            return false;
        }

        var now = _shared.Time.GetUtcNow();
        _shared.Records.Say(server, intent => change(intent, now));
        if (wanted)
        {
            loop.Demand.Touch();
        }

        loop.Wake();
        return true;
    }

    private PlannedServer Preview(ServerName name, ConfigSnapshot snapshot, ServerLoop? loop)
    {
        var status = _shared.Board.Current.Servers.GetValueOrDefault(name);
        var record = _shared.Records.Of(name);
        var facts = new Facts(
            snapshot.Servers.GetValueOrDefault(name),
            record.Intent,
            status?.Instances ?? [],
            record.Exits,
            loop?.Demand.Read() ?? Planning.Demand.None,
            _shared.Time.GetUtcNow()
        );
        return PlannedServer.Of(name, loop?.Desired, facts);
    }

    // In one piece with Apply, so that a server that comes back just now finds a loop that runs.
    private bool TryEnd(ServerLoop loop)
    {
        lock (_lock)
        {
            if (!loop.IsDone)
            {
                return false;
            }

            Volatile.Write(ref _loops, _loops.Remove(loop.Name));
            _shared.Records.Forget(loop.Name);
            _shared.Board.Publish(board =>
                board with
                {
                    Servers = board.Servers.Remove(loop.Name),
                }
            );
            return true;
        }
    }

    private void Wake(ServerName server) =>
        Volatile.Read(ref _loops).GetValueOrDefault(server)?.Wake();

    private static TimeSpan LongestGoodbye(IEnumerable<ServerLoop> loops)
    {
        var longest = loops
            .Select(loop => loop.Desired is { } desired ? Goodbye(desired.Spec) : TimeSpan.Zero)
            .Append(TimeSpan.Zero)
            .Max();
        return s_shutdownMargin + (longest < s_longestShutdown ? longest : s_longestShutdown);
    }

    private static TimeSpan Goodbye(ServerSpec spec) => spec.DrainTimeout + spec.StopGrace;

    private void Tell(string message, ServerName? server = null)
    {
        _shared.Events.Append(new(_shared.Time.GetUtcNow(), "config", message, server));
        LogConfig(message);
    }

    [LoggerMessage(LogLevel.Information, "Configuration: {Message}")]
    private partial void LogConfig(string message);

    [LoggerMessage(LogLevel.Warning, "Servers that would not leave in time: {Servers}")]
    private partial void LogStillAlive(int servers);
}
