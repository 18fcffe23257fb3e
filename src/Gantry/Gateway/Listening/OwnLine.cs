using System.Threading.Channels;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>What a session's own instance sends besides answers: all of it is for its client.</summary>
/// <param name="follows">Whether the session had another instance before.</param>
internal sealed class OwnLine(Session session, IConnection connection, bool follows)
{
    /// <summary>How many refusals wait for an instance that does not read.</summary>
    private const int MaxRefusals = 1_024;

    private readonly Lock _lock = new();
    private readonly Channel<byte[]> _refusals = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MaxRefusals) { FullMode = BoundedChannelFullMode.DropOldest }
    );

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

    public Task ListenAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(HearAsync(cancellationToken), RefuseAsync(cancellationToken));

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        while (await Connection.Unsolicited.WaitToReadAsync(cancellationToken))
        {
            Drain();
        }

        session.Questions.Forget(Connection);
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
        var isQuestion = frame.Kind is FrameKind.Request;
        if (isQuestion && !session.Questions.TryAdd(frame[frame.Id], Connection))
        {
            Refuse(frame);
            return;
        }

        session.Send(frame);
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
