using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry.Gateway;

/// <summary>
/// An instance in memory, at the seam where the gateway sees a runtime. Numbers its calls as a
/// connection does, and answers as the test says.
/// </summary>
internal sealed class ScriptedConnection(InstanceId instance, Dialect dialect, string result)
    : IConnection
{
    private readonly Channel<Frame> _unsolicited = Channel.CreateUnbounded<Frame>();
    private readonly Channel<string> _sent = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<long, ScriptedCall> _open = new();
    private long _lastId = 100;
    private string? _gone;

    public InstanceId Instance => instance;

    public Handshake Handshake { get; set; } = new(dialect, Encoding.UTF8.GetBytes(result));

    public Gate Gate { get; } = new();

    public ChannelReader<Frame> Unsolicited => _unsolicited.Reader;

    /// <summary>Every call that arrived, in order.</summary>
    public Channel<ScriptedCall> Calls { get; } = Channel.CreateUnbounded<ScriptedCall>();

    /// <summary>What arrived besides calls.</summary>
    public ChannelReader<string> Sent => _sent.Reader;

    /// <summary>Answers at once; null leaves it to the test.</summary>
    public Action<ScriptedCall>? Script { get; set; } = call => call.Respond("{}");

    public ValueTask<Call?> OpenAsync(
        Frame request,
        Envelope envelope,
        CancellationToken cancellationToken
    )
    {
        if (!Gate.TryEnter())
        {
            return new(default(Call));
        }

        if (_gone is not null)
        {
            Gate.Leave();
            throw new InstanceGoneException(_gone);
        }

        var call = new ScriptedCall(this, request, Interlocked.Increment(ref _lastId))
        {
            Envelope = envelope,
        };
        _open[call.Id] = call;
        Calls.Writer.TryWrite(call);
        Script?.Invoke(call);
        return new(call);
    }

    public ValueTask SendAsync(Frame frame, CancellationToken cancellationToken)
    {
        _sent.Writer.TryWrite(frame.ToString());
        return ValueTask.CompletedTask;
    }

    /// <summary>The server says something that belongs to no call.</summary>
    public void Say(string json) =>
        _unsolicited.Writer.TryWrite(Frame.Parse(Encoding.UTF8.GetBytes(json)));

    public void Crash(string reason)
    {
        _gone = reason;
        Gate.Close();
        foreach (var (_, call) in _open)
        {
            call.Lose(reason);
        }

        _unsolicited.Writer.TryComplete();
    }

    public void Ended(ScriptedCall call)
    {
        if (_open.TryRemove(call.Id, out _))
        {
            Gate.Leave();
        }
    }
}

/// <summary>A call as the server sees it: with the connection's id.</summary>
internal sealed class ScriptedCall(ScriptedConnection connection, Frame request, long id)
    : Call(request)
{
    private readonly TaskCompletionSource<string?> _cancelled = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    public long Id => id;

    /// <summary>What came along with it.</summary>
    public required Envelope Envelope { get; init; }

    /// <summary>As it would go out, but for the ids.</summary>
    public string Text { get; } = Written(request);

    public string Method { get; } = Encoding.UTF8.GetString(request[request.Method]).Trim('"');

    /// <summary>The client's own words, or null when Gantry cancelled it.</summary>
    public Task<string?> Cancelled => _cancelled.Task;

    private static string Written(Frame frame)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        FrameWriter.Write(output, frame, default);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public override ValueTask CancelAsync(Frame? notification, CancellationToken cancellationToken)
    {
        connection.Ended(this);
        _cancelled.TrySetResult(notification?.ToString());
        Fail(new OperationCanceledException("The client cancelled the call."));
        return ValueTask.CompletedTask;
    }

    public void Respond(string result)
    {
        connection.Ended(this);
        Deliver(Parse($$"""{"jsonrpc":"2.0","id":{{IdText}},"result":{{result}}}"""));
    }

    public void Refuse(string message)
    {
        connection.Ended(this);
        Deliver(
            Parse(
                $$$"""{"jsonrpc":"2.0","id":{{{IdText}}},"error":{"code":-32002,"message":"{{{message}}}"}}"""
            )
        );
    }

    /// <summary>A message that belongs to this call, whatever it is.</summary>
    public void Tell(string json) => Deliver(Parse(json));

    public void Progress(int progress) =>
        Deliver(
            Parse(
                $$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{IdText}}},"progress":{{{progress}}}}}"""
            )
        );

    public void Lose(string reason)
    {
        connection.Ended(this);
        Fail(new InstanceGoneException(reason));
    }

    private string IdText => id.ToString(CultureInfo.InvariantCulture);

    private static Frame Parse(string json) => Frame.Parse(Encoding.UTF8.GetBytes(json));
}
