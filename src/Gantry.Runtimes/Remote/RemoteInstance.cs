using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes.Process;
using Gantry.Runtimes.Remote.Http;
using Gantry.Runtimes.Remote.WebSocket;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote;

/// <summary>
/// One conversation with a server that runs elsewhere, from the first attempt to reach it until it
/// is lost or was told to end. Steps change a fact and return; the work goes on in <see
/// cref="RunAsync"/>.
/// </summary>
internal sealed class RemoteInstance : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Step.Start _start;
    private readonly RemoteSpec _spec;
    private readonly InstanceLog _log;
    private readonly TimeProvider _time;
    private readonly Action _changed;
    private readonly CancellationTokenSource _stop = new();
    private Instance _fact;
    private RemoteConnection? _connection;

    public RemoteInstance(
        Step.Start start,
        RemoteSpec spec,
        InstanceLog log,
        TimeProvider time,
        Action changed
    )
    {
        _start = start;
        _spec = spec;
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

    public ServerName Server => _start.Desired.Name;

    public SpecHash Hash => _start.Desired.Hash;

    public string? Session => _start.Session;

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

    /// <summary>Reaches the server and stays with it until the conversation is over.</summary>
    public async Task RunAsync(StartContext context, Reaching reaching)
    {
        var ending = "";
        try
        {
            reaching.Found(await BeginAsync(context, reaching));
            ending = await WaitAsync();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Asked for; the fact says why.
        }
        catch (Exception exception)
            when (Failures.Explain(exception, _spec.Url.Written) is { } failure)
        {
            reaching.Found(Verdict.Unknown);
            ending = _log.Note(ReasonOf(failure));
        }

        await EndAsync(ending);
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

        _stop.Cancel();
    }

    /// <summary>Ends it without a goodbye.</summary>
    public void Kill()
    {
        _stop.Cancel();
        _connection?.Close($"{_start.Instance} was stopped.");
    }

    /// <summary>Only once it has ended, and nobody asks for it any more.</summary>
    public void Dispose() => _stop.Dispose();

    private bool TryCloseGate(bool onlyIfUnused)
    {
        if (onlyIfUnused)
        {
            return _connection?.Gate.TryCloseEmpty() is not false;
        }

        _connection?.Gate.Close();
        return true;
    }

    private async Task<Verdict> BeginAsync(StartContext context, Reaching reaching)
    {
        if (_spec.Transport is RemoteTransport.Auto && reaching.Known is not Verdict.LegacyEvents)
        {
            return await BeginAnyAsync(context, reaching);
        }

        await IntroduceAsync(Make(_spec.Transport, context, reaching));
        return VerdictOf(_connection);
    }

    // An origin that knows nothing of Streamable HTTP may be of the time before it.
    private async Task<Verdict> BeginAnyAsync(StartContext context, Reaching reaching)
    {
        var http = new HttpConnection(ContextOf(context, reaching));
        try
        {
            await IntroduceAsync(http);
            return http.Verdict;
        }
        catch (Exception exception)
            when (exception is InstanceGoneException && Answers.MayBeOlder(http.Refusal)
                || exception is HandshakeException && Answers.IsNoPlaceFor(http.Refusal)
            )
        {
            _log.Note("It does not know Streamable HTTP; trying the transport before it.");
        }

        http.Close("It spoke another transport.");
        await http.DisposeAsync();
        await IntroduceAsync(Make(RemoteTransport.Sse, context, reaching));
        return Verdict.LegacyEvents;
    }

    private RemoteConnection Make(
        RemoteTransport transport,
        StartContext context,
        Reaching reaching
    )
    {
        var own = ContextOf(context, reaching);
        return transport switch
        {
            RemoteTransport.WebSocket => new WebSocketConnection(own),
            RemoteTransport.StreamableHttp => new HttpConnection(own),
            _ => new SseConnection(own),
        };
    }

    private RemoteContext ContextOf(StartContext context, Reaching reaching) =>
        new(
            _start.Instance,
            reaching.Incarnation,
            new(Server, _spec, reaching.Credentials),
            _log,
            _time
        )
        {
            InitializeParams = context.InitializeParams,
            Tap = context.Tap,
            MaxFrameSize = context.MaxFrameSize,
            Known = reaching.Known,
        };

    // What ended the conversation says more than what failed with it.
    private string ReasonOf(Failure failure)
    {
        var reason = _connection?.LostBecause ?? failure.Reason;
        var prefix = $"{_start.Instance}: ";
        return reason.StartsWith(prefix, StringComparison.Ordinal)
            ? reason[prefix.Length..]
            : reason;
    }

    private static Verdict VerdictOf(RemoteConnection? connection) =>
        connection is HttpConnection http ? http.Verdict
        : connection is SseConnection ? Verdict.LegacyEvents
        : Verdict.Unknown;

    private async Task IntroduceAsync(RemoteConnection connection)
    {
        connection.Drained += _changed;
        lock (_lock)
        {
            _connection = connection;
        }

        await connection.IntroduceAsync(_stop.Token);
    }

    private async Task<string> WaitAsync()
    {
        var connection = _connection ?? throw new InvalidOperationException("Nobody was reached.");
        BecomeReady();
        return await connection.Lost.WaitAsync(_stop.Token);
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

    private async Task EndAsync(string reason)
    {
        var connection = _connection;
        if (connection is not null)
        {
            await TakeLeaveAsync(connection);
            connection.Close(
                $"{_fact.Id} {(reason.Length > 0 ? reason : $"was stopped: {_fact.Reason}.")}"
            );
            await connection.DisposeAsync();
        }

        lock (_lock)
        {
            var was = _fact;
            Enter(Phase.Exited, reason.Length > 0 ? reason : was.Reason);
            _fact = _fact with
            {
                EndedAt = _fact.Since,
                Deadline = null,
                Cause = was.Cause ?? (was.ReadyAt is null ? Cause.NeverReady : Cause.Crashed),
            };
        }

        _changed();
    }

    // Also after it was lost: the origin may be there, and keep a session that nobody will use.
    private async Task TakeLeaveAsync(RemoteConnection connection)
    {
        if (connection.Lost.IsCompleted)
        {
            return;
        }

        using var patience = new CancellationTokenSource(RemoteLimits.Goodbye, _time);
        try
        {
            await connection.TakeLeaveAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // It was told; that is all it is owed.
        }
        catch (Exception exception)
            when (Failures.Explain(exception, _spec.Url.Written) is not null)
        {
            // Likewise.
        }
    }

    private void Enter(Phase phase, string? reason) =>
        _fact = _fact with { Phase = phase, Since = _time.GetUtcNow(), Reason = reason };
}

/// <summary>What an attempt to reach a server needs besides its step.</summary>
/// <param name="Incarnation">Different for every start.</param>
/// <param name="Known">What was found out before.</param>
/// <param name="Found">Hears what was found out now.</param>
internal readonly record struct Reaching(
    IUpstreamCredentials Credentials,
    long Incarnation,
    Verdict Known,
    Action<Verdict> Found
);
