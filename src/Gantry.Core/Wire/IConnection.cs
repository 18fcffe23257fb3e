using System.Threading.Channels;
using Gantry.Runtimes;

namespace Gantry.Wire;

/// <summary>
/// A conversation with one instance, whatever carries it: the pipes of a process, the attached
/// streams of a container, or HTTP. This is all that the gateway ever sees of a runtime.
/// </summary>
public interface IConnection
{
    InstanceId Instance { get; }

    /// <summary>What was agreed with the server before it became ready.</summary>
    Handshake Handshake { get; }

    Gate Gate { get; }

    /// <summary>
    /// What the server sends that belongs to no call: notifications, and requests of its own. One
    /// reader at most; what nobody reads is dropped, oldest first. Completes when the instance is
    /// gone.
    /// </summary>
    ChannelReader<Frame> Unsolicited { get; }

    /// <summary>
    /// Sends a request and gives the call under which its frames arrive. Null when the gate is
    /// closed: nothing was sent, route anew.
    /// </summary>
    /// <param name="request">Owned by the call from now on, unless null is returned or an exception
    /// thrown: then nothing of it may be touched any more. Its id and progress token are rewritten
    /// on the way; whoever writes the answer restores them.</param>
    /// <param name="envelope">On whose behalf, and what else goes along.</param>
    /// <param name="cancellationToken">Gives up waiting for room, never in the middle of a
    /// line.</param>
    /// <exception cref="InstanceGoneException">The instance ended before it could be sent.</exception>
    ValueTask<Call?> OpenAsync(
        Frame request,
        Envelope envelope,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Sends a notification, or the response to a request of the server, as it is. The frame stays
    /// the caller's, who may dispose it when this returns.
    /// </summary>
    /// <exception cref="InstanceGoneException">The instance ended before it could be sent.</exception>
    ValueTask SendAsync(Frame frame, CancellationToken cancellationToken);
}

/// <summary>The instance ended, or was stopped, before the answer came.</summary>
/// <param name="message">Names the instance and says why, for the client that made the call.</param>
public sealed class InstanceGoneException(string message) : Exception(message)
{
    /// <summary>Whether only this call is lost, while the instance goes on: another would meet the
    /// same.</summary>
    public bool IsCallOnly { get; init; }
}
