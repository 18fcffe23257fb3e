using System.IO.Pipes;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes.Process.Linux;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;
using Microsoft.Win32.SafeHandles;

namespace Gantry.Runtimes.Process;

/// <summary>
/// One child process with its pipes, from its start to the exit of the last of its descendants.
/// Steps change a fact and return; the work goes on in <see cref="RunAsync"/>.
/// </summary>
internal sealed class ProcessInstance
{
    private readonly Lock _lock = new();
    private readonly Step.Start _start;
    private readonly ProcessSpec _process;
    private readonly InstanceLog _log;
    private readonly TimeProvider _time;
    private readonly Action _changed;
    private Instance _fact;
    private KeptChild? _child;
    private StdioConnection? _connection;
    private ITimer? _terminate;
    private ITimer? _lastCall;

    public ProcessInstance(
        Step.Start start,
        ProcessSpec process,
        InstanceLog log,
        TimeProvider time,
        Action changed
    )
    {
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
    /// <param name="incarnation">Different for every start.</param>
    public async Task RunAsync(KeeperClient keeper, long incarnation, StartContext context)
    {
        try
        {
            var program = ChildProgram.Make(Spec, _process);
            await RunAsync(Launch(keeper, program, incarnation, context), context);
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
        }

        Leave(step.Deadline - _time.GetUtcNow());
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
        lock (_lock)
        {
            var reason = $"{_fact.Id} was stopped: {_fact.Reason}.";
            _connection?.Close(reason);
            _terminate = _time.CreateTimer(
                _ => _child?.Terminate(),
                null,
                grace / 2,
                Timeout.InfiniteTimeSpan
            );
        }
    }

    private Running Launch(
        KeeperClient keeper,
        ChildProgram program,
        long incarnation,
        StartContext context
    )
    {
        var input = Native.Pipe();
        var output = Native.Pipe();
        var error = Native.Pipe();
        var child = keeper.Start(program, [input.Read, output.Write, error.Write]);
        var connection = new StdioConnection(
            _fact.Id,
            incarnation,
            new(
                Open(PipeDirection.Out, input.Write),
                Open(PipeDirection.In, output.Read),
                context.MaxFrameSize
            ),
            _log.HearNoise,
            _time
        );
        connection.Drained += _changed;
        lock (_lock)
        {
            _child = child;
            _connection = connection;
            if (_fact.Phase is Phase.Stopping)
            {
                child.Kill();
            }
        }

        return new(child, connection, Open(PipeDirection.In, error.Read));
    }

    private async Task RunAsync(Running running, StartContext context)
    {
        var (child, connection, error) = running;
        var reading = ReadOutputAsync(child, connection, context.Stopping);
        var logging = _log.ReadAsync(error, context.Stopping);
        var starting = StartUpAsync(child, connection, context);

        // Beside the handshake: a server that ends in the middle of it would never answer.
        var status = await child.Exited;
        await logging;
        End(status, failure: null);
        await starting;
        await reading;
        connection.Dispose();
    }

    private async Task ReadOutputAsync(
        KeptChild child,
        StdioConnection connection,
        CancellationToken stopping
    )
    {
        await connection.ReadAsync(stopping);
        LeaveAfterEnd(child);
    }

    // A server that has closed its output can answer nobody. Most are about to exit; the others
    // are ended.
    private void LeaveAfterEnd(KeptChild child)
    {
        lock (_lock)
        {
            if (_fact.Phase is not Phase.Exited)
            {
                _lastCall = _time.CreateTimer(
                    _ => child.Kill(),
                    null,
                    TimeSpan.FromSeconds(1),
                    Timeout.InfiniteTimeSpan
                );
            }
        }
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
            lock (_lock)
            {
                _fact = _fact with { ProcessId = processId };
            }

            connection.Handshake = await Handshaker.RunAsync(
                connection,
                context.InitializeParams,
                context.Stopping
            );
            BecomeReady();
        }
        catch (HandshakeException exception)
        {
            _log.Note(exception.Message);
            Fail(exception.Message, child);
        }
        catch (InstanceGoneException)
        {
            // It ended during the handshake; how, the exit tells.
        }
        catch (StartFailedException exception)
        {
            End(ExitStatus.Unknown, exception.Message);
            connection.Dispose();
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
            _fact = _fact with { Cause = Cause.NeverReady, Reason = reason };
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
            _lastCall?.Dispose();
        }

        _changed();
    }

    private string Explain(Instance was, ExitStatus status) =>
        was.Reason
        ?? (_log.LastWords is { Length: > 0 } words ? $"{status}. It said: {words}" : $"{status}.");

    private void Enter(Phase phase, string? reason) =>
        _fact = _fact with { Phase = phase, Since = _time.GetUtcNow(), Reason = reason };

    private static AnonymousPipeClientStream Open(PipeDirection direction, int descriptor) =>
        new(direction, new SafePipeHandle(descriptor, ownsHandle: true));

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
    CancellationToken Stopping
);
