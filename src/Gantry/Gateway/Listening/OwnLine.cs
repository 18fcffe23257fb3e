using System.Threading.Channels;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>What a session's own instance sends besides answers: all of it is for its client.</summary>
/// <param name="follows">Whether the session had another instance before.</param>
internal sealed class OwnLine(Seat seat, IConnection connection, bool follows)
{
    /// <summary>How many refusals wait for an instance that does not read.</summary>
    private const int MaxRefusals = 1_024;

    private readonly Lock _lock = new();
    private readonly Channel<byte[]> _refusals = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MaxRefusals) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    private Action<Frame>? _heard;

    public IConnection Connection { get; } = connection;

    public bool Follows { get; } = follows;

    /// <summary>
    /// Passes on all that has come. Also called before a response is written, so that what the
    /// server sent before it does not arrive after it.
    /// </summary>
    public void Drain()
    {
        lock (_lock)
        {
            while (Connection.Unsolicited.TryRead(out var frame))
            {
                Pass(frame);
            }
        }
    }

    /// <summary>Takes over a change that came on a stream of its own.</summary>
    public void Hear(Frame change)
    {
        lock (_lock)
        {
            Pass(change);
        }
    }

    /// <param name="heard">Called for all that it sends, before it is passed on.</param>
    public Task ListenAsync(Action<Frame> heard, CancellationToken cancellationToken)
    {
        _heard = heard;
        return Task.WhenAll(HearAsync(cancellationToken), RefuseAsync(cancellationToken));
    }

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        while (await Connection.Unsolicited.WaitToReadAsync(cancellationToken))
        {
            Drain();
        }

        seat.Session.Questions.Forget(Connection);
        _refusals.Writer.TryComplete();
    }

    private async Task RefuseAsync(CancellationToken cancellationToken)
    {
        await foreach (var refusal in _refusals.Reader.ReadAllAsync(cancellationToken))
        {
            using var answer = Frame.Parse(refusal);
            await Connection.SendAsync(answer, cancellationToken);
        }
    }

    private void Pass(Frame frame)
    {
        _heard?.Invoke(frame);
        if (seat.Session is { Target: Target.Several, IsLent: false })
        {
            PassAmongOthers(frame);
        }
        else if (seat.Session.Target is Target.Several)
        {
            using (frame)
            {
                seat.Session.Listens?.Forget(seat.Server, frame);
                PassToOne(Outward.Anew(seat.Server, frame));
            }
        }
        else
        {
            PassToOne(frame);
        }
    }

    private void PassToOne(Frame frame)
    {
        if (frame.Kind is not FrameKind.Request || IsNoted(frame))
        {
            seat.Session.Send(frame);
        }
        else
        {
            Refuse(frame);
        }
    }

    private bool IsNoted(Frame question) =>
        seat.Session.Questions.TryAdd(question[question.Id], Connection);

    private void PassAmongOthers(Frame frame)
    {
        using (frame)
        {
            ListChanges.Forget(seat.Lists, frame);
            using var mapped = Outward.Anew(seat.Server, frame);
            var questions = seat.Session.Questions;
            var sent =
                mapped.Kind is FrameKind.Request
                    ? questions.TryRename(mapped, seat.Server, Connection)
                : mapped.IsMethod("notifications/cancelled"u8)
                    ? questions.Withdraw(mapped, Connection)
                : Outward.Translated(mapped.Utf8.Span);
            if (sent is not null)
            {
                seat.Session.Send(sent);
            }
            else if (mapped.Kind is FrameKind.Request)
            {
                Refuse(frame);
            }
        }
    }

    // A server that asks and hears nothing waits for ever.
    private void Refuse(Frame question)
    {
        using (question)
        {
            var answer = RpcText.Error(
                question[question.Id],
                RpcText.ServerError,
                "Too many questions of this server wait for the client's answer."
            );
            _refusals.Writer.TryWrite(answer);
        }
    }
}
