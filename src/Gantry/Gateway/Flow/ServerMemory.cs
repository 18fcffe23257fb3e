using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Enumeration;
using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>
/// Answers of one server that may be given again: what it says may be cached, and the results of
/// tools that the operator named and that say they bear it.
/// </summary>
internal sealed class ServerMemory(Desired desired, CachePolicy policy, AnswerCache cache)
{
    /// <summary>A server that promises more is not believed.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    private readonly ToolHints _hints = new();
    private readonly ConcurrentDictionary<AnswerKey, TaskCompletionSource> _flights = new();
    private long _generation;

    /// <summary>What may be done for this request; null when nothing.</summary>
    public Recall? Begin(Exchange exchange)
    {
        var request = exchange.Request;
        if (
            exchange.Seat is not { IsAlone: false }
            || exchange.Envelope
                is not { ForwardedAuthorization: null, ParameterHeaders.IsEmpty: true }
            || !FrameText.Member(request[request.Body], "inputResponses"u8).IsEmpty
            || !FrameText.Member(request[request.Body], "requestState"u8).IsEmpty
        )
        {
            return null;
        }

        var isTool = request.IsMethod("tools/call"u8);
        return isTool
            ? IsRepeatable(exchange)
                ? Make(exchange, isTool)
                : null
            : IsCacheable(request)
                ? Make(exchange, isTool)
                : null;
    }

    /// <summary>
    /// The answer from memory, perhaps after another call that asks the same has brought it. Null
    /// when the call must be made.
    /// </summary>
    public async ValueTask<byte[]?> FindAsync(
        Exchange exchange,
        Recall recall,
        CancellationToken aborted
    )
    {
        if (Find(exchange, recall) is { } answer)
        {
            return answer;
        }

        // Only where the answer will be one that both may have: of anything else nobody knows
        // that before it is here.
        if (!recall.IsTool)
        {
            return null;
        }

        var flight = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = _flights.GetOrAdd(recall.Own, flight);
        if (ReferenceEquals(first, flight))
        {
            recall.Flight = flight;
            return null;
        }

        await first.Task.WaitAsync(exchange.BeginOpening(aborted));
        return Find(exchange, recall);
    }

    /// <summary>Learns from a response that passes by, and keeps it where that is allowed.</summary>
    public void Note(Exchange exchange, Recall? recall, Frame response)
    {
        if (response.IsError)
        {
            return;
        }

        if (exchange.Request.IsMethod("tools/list"u8) && !policy.Tools.IsEmpty)
        {
            _hints.Learn(exchange.Request, response);
        }

        if (recall is not null && recall.Generation == Interlocked.Read(ref _generation))
        {
            Store(exchange, recall, response);
        }
    }

    /// <summary>Lets those go on who wait for this call's answer, whatever became of it.</summary>
    public void End(Recall recall)
    {
        if (recall.Flight is { } flight)
        {
            _flights.TryRemove(recall.Own, out _);
            flight.TrySetResult();
        }
    }

    /// <summary>The server says that something changed.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _generation);
        _hints.Forget();
        cache.Drop(desired.Name);
    }

    private byte[]? Find(Exchange exchange, Recall recall)
    {
        var id = exchange.Request[exchange.Request.Id];
        return cache.Find(recall.Own, id)
            ?? (recall.Everybodys is { } shared ? cache.Find(shared, id) : null);
    }

    private Recall Make(Exchange exchange, bool isTool) =>
        new(
            AnswerKey.Of(exchange, desired.Hash, exchange.Envelope.Principal ?? ""),
            isTool || exchange.Seat is { IsShared: false }
                ? null
                : AnswerKey.Of(exchange, desired.Hash, principal: null),
            isTool,
            Interlocked.Read(ref _generation)
        );

    private void Store(Exchange exchange, Recall recall, Frame response)
    {
        var body = response[response.Body];
        var kind = FrameText.Member(body, "resultType"u8);
        if (!kind.IsEmpty && !kind.SequenceEqual("\"complete\""u8))
        {
            return;
        }

        if (recall.IsTool)
        {
            if (!FrameText.Member(body, "isError"u8).SequenceEqual("true"u8))
            {
                Store(exchange, recall.Own, response, policy.Ttl);
            }
        }
        else if (Ttl(body) is { } ttl && KeyFor(exchange, recall, body) is { } key)
        {
            Store(exchange, key, response, ttl);
        }
    }

    // Private for somebody of whom nobody knows who it is, is for nobody else.
    private static AnswerKey? KeyFor(Exchange exchange, Recall recall, ReadOnlySpan<byte> body) =>
        FrameText.Member(body, "cacheScope"u8) is var scope && scope.SequenceEqual("\"public\""u8)
            ? recall.Everybodys
        : scope.SequenceEqual("\"private\""u8) && exchange.Envelope.Principal is not null
            ? recall.Own
        : null;

    private void Store(Exchange exchange, AnswerKey key, Frame response, TimeSpan ttl)
    {
        if (response.Length > cache.LargestAnswer)
        {
            return;
        }

        var output = new ArrayBufferWriter<byte>(exchange.Measure(response));
        exchange.Write(output, response);
        using var read = Frame.Parse(output.WrittenSpan);
        var left = FrameText.Member(read[read.Body], "ttlMs"u8);
        var slot = left.IsEmpty ? default : SlotOf(read, left);
        cache.Store(key, desired.Name, new(output.WrittenSpan.ToArray(), read.Id, slot), ttl);
    }

    private static Slot SlotOf(Frame frame, ReadOnlySpan<byte> part)
    {
        frame.Utf8.Span.Overlaps(part, out var start);
        return new(start, part.Length);
    }

    private static TimeSpan? Ttl(ReadOnlySpan<byte> body)
    {
        var text = FrameText.Member(body, "ttlMs"u8);
        return
            System.Buffers.Text.Utf8Parser.TryParse(text, out double ms, out var length)
            && length == text.Length
            && ms > 0
            ? TimeSpan.FromMilliseconds(Math.Min(ms, s_longest.TotalMilliseconds))
            : null;
    }

    // By the name that the server itself has for it.
    private bool IsRepeatable(Exchange exchange) =>
        !policy.Tools.IsEmpty
        && NameOf(exchange) is { } tool
        && _hints.IsRepeatable(tool)
        && policy.Tools.Any(form => FileSystemName.MatchesSimpleExpression(form, tool, false));

    private static string? NameOf(Exchange exchange) =>
        exchange.Asked.IsEmpty
            ? exchange.Request.Text(exchange.Request.Name)
            : FrameText.Text(exchange.Asked.Span);

    private static bool IsCacheable(Frame request) =>
        request.IsMethod("tools/list"u8)
        || request.IsMethod("prompts/list"u8)
        || request.IsMethod("resources/list"u8)
        || request.IsMethod("resources/templates/list"u8)
        || request.IsMethod("resources/read"u8);
}

/// <summary>One request's relation to the memory of its server.</summary>
/// <param name="own">The key of the answer that this caller alone may read.</param>
/// <param name="everybodys">The key of the answer that all may read; null when there is none.</param>
/// <param name="generation">As of its beginning: what changed since makes its answer an old one.
/// </param>
internal sealed class Recall(AnswerKey own, AnswerKey? everybodys, bool isTool, long generation)
{
    public AnswerKey Own => own;

    public AnswerKey? Everybodys => everybodys;

    public bool IsTool => isTool;

    public long Generation => generation;

    /// <summary>Others wait for it; null when nobody does.</summary>
    public TaskCompletionSource? Flight { get; set; }
}
