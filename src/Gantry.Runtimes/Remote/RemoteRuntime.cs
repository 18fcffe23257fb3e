using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes.Process;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;
using Microsoft.Extensions.Logging;

namespace Gantry.Runtimes.Remote;

/// <summary>
/// Keeps conversations with servers that run elsewhere. An instance is one such conversation:
/// ready once the server has answered, exited when it cannot be reached.
/// </summary>
public sealed class RemoteRuntime(
    IUpstreamCredentials credentials,
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
    private readonly ConcurrentDictionary<InstanceId, RemoteInstance> _instances = new();
    private readonly ConcurrentDictionary<ServerName, Finding> _findings = new();
    private readonly ILogger _logger = loggers.CreateLogger("Gantry.Servers");
    private long _lastIncarnation;

    /// <inheritdoc/>
    public event Action<ServerName>? Changed;

    /// <summary>The longest message that a server may send, in bytes.</summary>
    public int MaxFrameSize { get; init; } = 64 * 1024 * 1024;

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
        var remote =
            step.Desired.Spec.Runtime as RemoteSpec
            ?? throw new ArgumentException("Not a server that runs elsewhere.", nameof(step));
        var server = step.Desired.Name;
        lock (_lock)
        {
            var entries = EntriesOf(server);
            if (step.Fits(Observe(entries)))
            {
                var instance = Make(step, remote);
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

    /// <summary>Ends every conversation that is still there.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Entry> all;
        lock (_lock)
        {
            all = [.. _servers.Values.SelectMany(entries => entries.Values)];
        }

        foreach (var entry in all.Where(entry => !entry.Run.IsCompleted))
        {
            entry.Instance.Kill();
        }

        await Task.WhenAll(all.Select(entry => entry.Run));
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
    private ValueTask Do(Step step, Action<RemoteInstance> act)
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

    private RemoteInstance Make(Step.Start step, RemoteSpec remote)
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
        return new(step, remote, log, time, () => Changed?.Invoke(server));
    }

    private async Task RunAsync(RemoteInstance instance)
    {
        // To reach a server takes a moment; the loop does not wait for it.
        await Task.Yield();
        var own = instance.Session is { } session ? handshakes.Find(session) : null;
        var known = _findings.GetValueOrDefault(instance.Server);
        var reaching = new Reaching(
            credentials,
            Interlocked.Increment(ref _lastIncarnation),
            known.Hash == instance.Hash ? known.Verdict : Verdict.Unknown,
            verdict => _findings[instance.Server] = new(instance.Hash, verdict)
        );
        var context = new StartContext(
            own ?? Handshaker.SharedParams,
            MaxFrameSize,
            taps.Of(instance.Server)
        );
        await instance.RunAsync(context, reaching);
    }

    private void Forget(Dictionary<InstanceId, Entry> entries)
    {
        var old = Observe(entries)
            .Where(instance => !instance.IsAlive)
            .OrderByDescending(instance => instance.EndedAt)
            .Skip(MaxExited);
        foreach (var instance in old.ToList())
        {
            if (entries.Remove(instance.Id, out var entry))
            {
                entry.Instance.Dispose();
            }

            _instances.TryRemove(instance.Id, out _);
        }
    }

    private readonly record struct Entry(RemoteInstance Instance, Task Run);

    /// <summary>How the origin of a spec wants to be spoken to.</summary>
    private readonly record struct Finding(SpecHash Hash, Verdict Verdict);
}
