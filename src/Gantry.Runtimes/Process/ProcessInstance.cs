using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes.Process.Linux;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;

namespace Gantry.Runtimes.Process;

/// <summary>
/// One child process with its pipes, from its start to the exit of the last of its descendants.
/// Steps change a fact and return; the work goes on in <see cref="RunAsync"/>.
/// </summary>
internal sealed class ProcessInstance
{
    /// <summary>How long after the exit its pipes are still read, and how long after the end of a
    /// pipe its exit is awaited.</summary>
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Step.Start _start;
    private readonly ProcessSpec _process;
    private readonly InstanceLog _log;
    private readonly EraMemory _eras;
    private readonly TimeProvider _time;
    private readonly Action _changed;
    private Instance _fact;
    private KeptChild? _child;
    private StdioConnection? _connection;
    private ITimer? _terminate;
    private ITimer? _eviction;

    public ProcessInstance(
        Step.Start start,
        ProcessSpec process,
        InstanceLog log,
        EraMemory eras,
        TimeProvider time,
        Action changed
    )
    {
        _eras = eras;
        _start = start;
        _process = process;
        _log = log;
        _time = time;
        _changed = changed;
        var now = time.GetUtcNow();
        var desired = start.Desired;
        _fact = new(
            start.Instance,
            desired.Name,
            desired.Hash,
            start.Generation,
            Phase.Starting,
            now
        )
        {
            Session = start.Session,
            StartedAt = now,
            LastUse = now,
            StopPolicy = StopPolicy.Of(desired.Spec),
        };
    }

    public ServerName Server => Spec.Name;

    public string? Session => _start.Session;

    private ServerSpec Spec => _start.Desired.Spec;

    public Instance Observe()
    {
        lock (_lock)
        {
            return _connection is null
                ? _fact
                : _fact with
                {
                    CallsInFlight = _connection.Gate.CallsInside,
                    LastUse = _connection.LastUse,
                };
        }
    }

    public IConnection? Connect()
    {
        lock (_lock)
        {
            return _fact.Phase is Phase.Ready ? _connection : null;
        }
    }

    /// <summary>Starts the program and stays with it until nothing of it is left.</summary>
    /// <param name="keeper">Gives the keeper that is to start it, or throws
    /// <see cref="StartFailedException"/>.</param>
    /// <param name="incarnation">Different for every start.</param>
    public async Task RunAsync(Func<KeeperClient> keeper, long incarnation, StartContext context)
    {
        try
        {
            var program = ChildProgram.Make(Spec, _process);
            await RunAsync(Launch(keeper(), program, incarnation, context), context);
        }
        catch (StartFailedException exception)
        {
            End(ExitStatus.Unknown, exception.Message);
        }
    }

    public void Drain(Step.Drain step)
    {
        lock (_lock)
        {
            if (_fact.Phase is Phase.Ready && TryCloseGate(step.OnlyIfUnused))
            {
                Enter(Phase.Draining, step.Why);
                _fact = _fact with { Deadline = step.Deadline };
            }
        }
    }

    public void Stop(Step.Stop step)
    {
        lock (_lock)
        {
            if (_fact.Phase is Phase.Stopping or Phase.Exited)
            {
                return;
            }

            Enter(Phase.Stopping, step.Why);
            _fact = _fact with { Deadline = step.Deadline, Cause = step.Cause };
            Leave(step.Deadline - _fact.Since);
        }
    }

    public void Kill()
    {
        lock (_lock)
        {
            _child?.Kill();
        }
    }

    private bool TryCloseGate(bool onlyIfUnused)
    {
        if (onlyIfUnused)
        {
            return _connection?.Gate.TryCloseEmpty() is not false;
        }

        _connection?.Gate.Close();
        return true;
    }

    // Closing its input asks a server to leave (2025-11-25, lifecycle); the signal follows for one
    // that does not listen, and the kill is the planner's.
    private void Leave(TimeSpan grace)
    {
        _connection?.Close($"{_fact.Id} was stopped: {_fact.Reason}.");
        _terminate = _time.CreateTimer(
            _ => _child?.Terminate(),
            null,
            // A step may be carried out when its deadline has passed already.
            grace > TimeSpan.Zero
                ? grace / 2
                : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan
        );
    }

    private Running Launch(
        KeeperClient keeper,
        ChildProgram program,
        long incarnation,
        StartContext context
    )
    {
        ChildPipes pipes;
        KeptChild child;
        lock (Spawn.Inheriting)
        {
            pipes = ChildPipes.Open();
            child = keeper.Start(program, pipes.Its);
        }

        var connection = new StdioConnection(
            _fact.Id,
            incarnation,
            new(pipes.Input, pipes.Output, context.MaxFrameSize, pipes.Output.Widen),
            _log.HearNoise,
            _time,
            context.Tap
        );
        connection.Drained += _changed;
        connection.InputBroke += () =>
            ExpectExit(child, "closed its standard input, but did not exit");
        lock (_lock)
        {
            _child = child;
            _connection = connection;
            if (_fact.Phase is Phase.Stopping)
            {
                child.Kill();
            }
        }

        return new(child, connection, pipes.Error);
    }

    // The exit is watched from the first moment on: a server may end before it has said a word.
    private async Task RunAsync(Running running, StartContext context)
    {
        var (child, connection, error) = running;
        using var over = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        var reading = ChildOutput.OnOwnThreadAsync(() =>
            ReadOutputAsync(child, connection, over.Token)
        );
        var logging = _log.ReadAsync(error, over.Token);
        var starting = StartUpAsync(child, connection, context);

        var status = await child.Exited;
        // What it said last is on its way; but a pipe may be held open by what escaped.
        over.CancelAfter(s_lastWords);
        await logging;
        await reading;
        End(status, child.NotStartedBecause);
        await starting;
        await connection.DisposeAsync();
    }

    private async Task ReadOutputAsync(
        KeptChild child,
        StdioConnection connection,
        CancellationToken cancellationToken
    )
    {
        await connection.ReadAsync(cancellationToken);
        ExpectExit(child, "closed its standard output, but did not exit");
    }

    // A server that has closed one of its pipes can answer nobody. Most are about to exit; the
    // others are ended, unless they were asked to leave and have their grace.
    private void ExpectExit(KeptChild child, string why)
    {
        lock (_lock)
        {
            if (_fact.Phase is not (Phase.Stopping or Phase.Exited))
            {
                _eviction ??= _time.CreateTimer(
                    _ => Evict(child, why),
                    null,
                    s_lastWords,
                    Timeout.InfiniteTimeSpan
                );
            }
        }
    }

    private void Evict(KeptChild child, string why)
    {
        lock (_lock)
        {
            if (_fact.Phase is Phase.Stopping or Phase.Exited)
            {
                return;
            }

            _fact = _fact with { Reason = _fact.Reason ?? why };
        }

        child.Kill();
    }

    private async Task StartUpAsync(
        KeptChild child,
        StdioConnection connection,
        StartContext context
    )
    {
        try
        {
            var processId = await child.Started;
            Note(processId);

            var spec = _start.Desired.Hash;
            connection.Handshake = await Handshaker.RunAsync(
                connection,
                context.InitializeParams,
                _eras.IsModern(spec),
                CancellationToken.None
            );
            _eras.Note(spec, connection.Handshake.Dialect);
            BecomeReady();
        }
        catch (HandshakeException exception)
        {
            Fail(_log.Note(exception.Message), child);
        }
        catch (InstanceGoneException)
        {
            // It ended during the handshake; how, the exit tells.
        }
        catch (StartFailedException)
        {
            // The exit tells that too.
        }
    }

    private void Note(int processId)
    {
        lock (_lock)
        {
            _fact = _fact.IsAlive ? _fact with { ProcessId = processId } : _fact;
        }
    }

    private void BecomeReady()
    {
        lock (_lock)
        {
            if (_fact.Phase is not Phase.Starting)
            {
                return;
            }

            Enter(Phase.Ready, reason: null);
            _fact = _fact with { ReadyAt = _fact.Since };
        }

        _changed();
    }

    private void Fail(string reason, KeptChild child)
    {
        lock (_lock)
        {
            if (_fact.Phase is Phase.Starting)
            {
                _fact = _fact with { Cause = Cause.NeverReady, Reason = reason };
            }
        }

        child.Kill();
    }

    private void End(ExitStatus status, string? failure)
    {
        lock (_lock)
        {
            if (_fact.Phase is Phase.Exited)
            {
                return;
            }

            var was = _fact;
            Enter(Phase.Exited, failure ?? Explain(was, status));
            _fact = _fact with
            {
                EndedAt = _fact.Since,
                ExitCode = status.Code,
                Deadline = null,
                ProcessId = null,
                Cause = was.Cause ?? (was.ReadyAt is null ? Cause.NeverReady : Cause.Crashed),
            };
            _connection?.Close($"{_fact.Id} {_fact.Reason}");
            _terminate?.Dispose();
            _eviction?.Dispose();
        }

        _changed();
    }

    private string Explain(Instance was, ExitStatus status) =>
        was.Reason
        ?? (_log.LastWords is { Length: > 0 } words ? $"{status}. It said: {words}" : $"{status}.");

    private void Enter(Phase phase, string? reason) =>
        _fact = _fact with { Phase = phase, Since = _time.GetUtcNow(), Reason = reason };

    private readonly record struct Running(
        KeptChild Child,
        StdioConnection Connection,
        Stream Error
    );
}

/// <summary>What a start needs besides its step.</summary>
/// <param name="InitializeParams">What to tell the server in the handshake.</param>
internal readonly record struct StartContext(
    ReadOnlyMemory<byte> InitializeParams,
    int MaxFrameSize,
    WireTap Tap
);
