using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>What a session's own instance sends besides answers: all of it is for its client.</summary>
/// <param name="follows">Whether the session had another instance before.</param>
internal sealed class OwnLine(Session session, IConnection connection, bool follows)
{
    private readonly Lock _lock = new();

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

    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (await Connection.Unsolicited.WaitToReadAsync(cancellationToken))
        {
            Drain();
        }

        session.Questions.Forget(Connection);
    }

    private void Pass(Frame frame)
    {
        var isQuestion = frame.Kind is FrameKind.Request;
        if (isQuestion && !session.Questions.TryAdd(frame[frame.Id], Connection))
        {
            frame.Dispose();
            return;
        }

        session.Send(frame);
    }
}
