using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.TestServer;

/// <summary>
/// Reads messages and answers them. Echo calls are answered in place; all else runs beside the
/// reader, so that a slow call stops nobody.
/// </summary>
internal sealed class Server
{
    private const int ParseError = -32700;

    private readonly Options _options;
    private readonly Peer _peer;
    private readonly Methods _methods;
    private readonly Handshake _handshake;
    private readonly Rounds? _rounds;
    private readonly FastEcho _echo;
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _cancellations = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly bool _mayTakeShortcut;
    private int _calls;

    public Server(Options options, Peer peer, Methods methods)
    {
        (_options, _peer, _methods) = (options, peer, methods);
        _handshake = new(options, peer, methods);
        _rounds = options.ModernOnly ? new() : null;
        _echo = new(peer.Output, result => _handshake.Complete("tools/call", result));
        _mayTakeShortcut =
            !options.Conformance && !options.PartialLine && options.HangAfter == int.MaxValue;
    }

    public void Receive(ReadOnlySpan<byte> line)
    {
        if (_mayTakeShortcut && _echo.TryAnswer(line))
        {
            Counter.Increment();
        }
        else if (Parse(line) is { } message)
        {
            Dispatch(message);
        }
    }

    /// <summary>Ends the calls that still run.</summary>
    public async Task LeaveAsync()
    {
        foreach (var cancellation in _cancellations.Values)
        {
            await cancellation.CancelAsync();
        }

        await Task.WhenAll(_running.Keys);
    }

    private JsonObject? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            if (JsonNode.Parse(line) is JsonObject message)
            {
                return message;
            }
        }
        catch (JsonException) { }

        _peer.Refuse(null, ParseError, "Not a JSON object.");
        return null;
    }

    private void Dispatch(JsonObject message)
    {
        var parameters = message["params"] as JsonObject ?? [];
        switch (message.String("method"))
        {
            case "":
                _peer.Answered(message);
                break;
            case "notifications/cancelled":
                Cancel(parameters);
                break;
            case { } method when message.ContainsKey("id"):
                Begin(message["id"], method, parameters);
                break;
        }
    }

    private void Cancel(JsonObject parameters)
    {
        if (_cancellations.TryGetValue(Key(parameters["requestId"]), out var cancellation))
        {
            Counter.Cancelled();
            cancellation.Cancel();
        }
    }

    private void Begin(JsonNode? id, string method, JsonObject parameters)
    {
        var isCall = method == "tools/call";
        if (isCall && Interlocked.Increment(ref _calls) > _options.HangAfter)
        {
            return;
        }

        if (isCall && _options.PartialLine)
        {
            _peer.Output.SendHalf("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"u8);
            Environment.Exit(1);
        }

        var task = Task.Run(() => AnswerAsync(id, method, parameters), CancellationToken.None);
        _running[task] = true;
        task.ContinueWith(
            done => _running.TryRemove(done, out _),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }

    private async Task AnswerAsync(JsonNode? id, string method, JsonObject parameters)
    {
        using var cancellation = new CancellationTokenSource();
        _cancellations[Key(id)] = cancellation;
        Counter.Began();
        try
        {
            await AnswerAsync(id, method, parameters, cancellation.Token);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // A cancelled request gets no answer.
        }
        catch (RefusedException refusal)
        {
            _peer.Refuse(id, refusal.Code, refusal.Message, refusal.Details);
        }
        catch (InputRequiredException incomplete)
        {
            _peer.Answer(id, incomplete.Result);
        }
        finally
        {
            Counter.Ended();
            _cancellations.TryRemove(Key(id), out _);
        }
    }

    private async Task AnswerAsync(
        JsonNode? id,
        string method,
        JsonObject parameters,
        CancellationToken cancellationToken
    )
    {
        var serve =
            _handshake.Find(method)
            ?? _methods.Find(method)
            ?? throw new RefusedException(
                RefusedException.UnknownMethod,
                $"Method not found: {method}"
            );
        var result = await serve(new(_peer, id, parameters, _rounds), cancellationToken);
        _peer.Answer(id, _handshake.Complete(method, result));
    }

    private static string Key(JsonNode? id) => id?.ToJsonString() ?? "";
}
