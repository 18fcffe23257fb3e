using Gantry.Gateway.Calls;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>
/// Between a client and a server of which at least one knows no sessions: makes each other's
/// messages such that they are understood. Splices, and reads again no more than it must.
/// </summary>
internal abstract class Bridge
{
    /// <summary>Null where both have sessions: nothing is to be changed there.</summary>
    public static Bridge? Between(Seat seat, IConnection connection)
    {
        var client = seat.Session.Dialect;
        var server = connection.Handshake.Dialect;
        return (client.HasRequestMeta, server.HasRequestMeta) switch
        {
            (false, false) => null,
            (true, false) => ToLegacy.At(connection.Handshake),
            (false, true) => seat.Upstairs,
            (true, true) => Level.Only,
        };
    }

    /// <summary>An answer that needs no server; null when the server is to be asked.</summary>
    public virtual byte[]? Answer(Exchange exchange) => null;

    /// <summary>Changes a request before it is sent.</summary>
    public virtual void Prepare(Frame request) { }

    /// <summary>Changes what came back before it is written.</summary>
    /// <returns>False when the client shall not see it.</returns>
    public virtual bool Shape(Exchange exchange, Frame frame) => true;
}
