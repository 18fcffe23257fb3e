using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes.Process.Linux;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;
using Microsoft.Extensions.Logging;

namespace Gantry.Runtimes.Process;

/// <summary>
/// Runs instances as child processes of a keeper that speak MCP on standard input and output.
/// </summary>
/// <remarks>Linux only, for now: all that is particular to it is in the folder Linux.</remarks>
public sealed class ProcessRuntime(
    ProcessRuntimeOptions options,
    SessionHandshakes handshakes,
    ServerLogs logs,
    WireTaps taps,
    TimeProvider time,
    ILoggerFactory loggers
) : IRuntime, IAsyncDisposable
{
    /// <summary>How many ended instances are remembered per server.</summary>
    private const int MaxExited = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<ServerName, Dictionary<InstanceId, Entry>> _servers = [];
    private readonly ConcurrentDictionary<InstanceId, ProcessInstance> _instances = new();
    private readonly EraMemory _eras = new();
    private readonly ILogger _logger = loggers.CreateLogger("Gantry.Servers");
    private KeeperClient? _keeper;
    private bool _isDisposed;
    private long _lastIncarnation;

    /// <inheritdoc/>
    public event Action<ServerName>? Changed;

    /// <summary>The keeper's process, once there is one.</summary>
    public int? KeeperProcessId => _keeper?.ProcessId;

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<Instance>> ObserveAsync(
        ServerName server,
        CancellationToken cancellationToken
    )
    {
        lock (_lock)
        {
            return new(_servers.TryGetValue(server, out var entries) ? [.. Observe(entries)] : []);
        }
    }

    /// <inheritdoc/>
    public ValueTask StartAsync(Step.Start step, CancellationToken cancellationToken)
    {
        var process =
            step.Desired.Spec.Runtime as ProcessSpec
            ?? throw new ArgumentException("Not a process.", nameof(step));
        var server = step.Desired.Name;
        lock (_lock)
        {
            var entries = EntriesOf(server);
            if (step.Fits(Observe(entries)))
            {
                var instance = Make(step, process);
                _instances[step.Instance] = instance;
                entries[step.Instance] = new(instance, RunAsync(instance));
                Forget(entries);
            }
        }

        Changed?.Invoke(server);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DrainAsync(Step.Drain step, CancellationToken cancellationToken) =>
        Do(step, instance => instance.Drain(step));

    /// <inheritdoc/>
    public ValueTask StopAsync(Step.Stop step, CancellationToken cancellationToken) =>
        Do(step, instance => instance.Stop(step));

    /// <inheritdoc/>
    public ValueTask KillAsync(Step.Kill step, CancellationToken cancellationToken) =>
        Do(step, instance => instance.Kill());

    /// <inheritdoc/>
    public IConnection? Connect(InstanceId instance) =>
        _instances.GetValueOrDefault(instance)?.Connect();

    /// <summary>Ends whatever still runs, without grace, and the keeper with it.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        KeeperClient? keeper;
        lock (_lock)
        {
            _isDisposed = true;
            keeper = _keeper;
            running = [.. _servers.Values.SelectMany(entries => entries.Values).Select(e => e.Run)];
        }

        if (keeper is not null)
        {
            await keeper.DisposeAsync();
        }

        await Task.WhenAll(running);
    }

    private Dictionary<InstanceId, Entry> EntriesOf(ServerName server)
    {
        if (!_servers.TryGetValue(server, out var entries))
        {
            _servers[server] = entries = [];
        }

        return entries;
    }

    private static IEnumerable<Instance> Observe(Dictionary<InstanceId, Entry> entries) =>
        entries.Values.Select(entry => entry.Instance.Observe());

    // No step of this server comes between the look and the act.
    private ValueTask Do(Step step, Action<ProcessInstance> act)
    {
        if (!_instances.TryGetValue(step.Instance, out var instance))
        {
            return default;
        }

        lock (_lock)
        {
            if (step.Fits(Observe(EntriesOf(instance.Server))))
            {
                act(instance);
            }
        }

        Changed?.Invoke(instance.Server);
        return default;
    }

    private ProcessInstance Make(Step.Start step, ProcessSpec process)
    {
        var server = step.Desired.Name;
        taps.Started(step.Desired.Spec);
        var log = new InstanceLog(
            server,
            step.Instance,
            new LogText(step.Desired.Spec),
            logs,
            time,
            _logger
        );
        return new(step, process, log, _eras, time, () => Changed?.Invoke(server));
    }

    private async Task RunAsync(ProcessInstance instance)
    {
        // Starting a process takes a moment; the loop does not wait for it.
        await Task.Yield();
        var own = instance.Session is { } session ? handshakes.Find(session) : null;
        var context = new StartContext(
            own ?? Handshaker.SharedParams,
            options.MaxFrameSize(),
            taps.Of(instance.Server)
        );
        await instance.RunAsync(Keeper, Interlocked.Increment(ref _lastIncarnation), context);
    }

    private KeeperClient Keeper()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                throw new StartFailedException("Gantry is about to end.");
            }

            if (_keeper is null || _keeper.IsGone)
            {
                _keeper = new(options, time, loggers.CreateLogger<KeeperClient>());
            }

            return _keeper;
        }
    }

    private void Forget(Dictionary<InstanceId, Entry> entries)
    {
        var old = Observe(entries)
            .Where(instance => !instance.IsAlive)
            .OrderByDescending(instance => instance.EndedAt)
            .Skip(MaxExited);
        foreach (var instance in old.ToList())
        {
            entries.Remove(instance.Id);
            _instances.TryRemove(instance.Id, out _);
        }
    }

    private readonly record struct Entry(ProcessInstance Instance, Task Run);
}
