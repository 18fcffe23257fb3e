using System.Net;
using System.Net.Sockets;

namespace Gantry.Runtimes.Remote;

/// <summary>Opens connections, and finds out when one is dead.</summary>
public static class Sockets
{
    /// <summary>The stream of a connection to a Unix socket.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static ValueTask<Stream> ConnectAsync(
        string path,
        CancellationToken cancellationToken
    ) =>
        ConnectAsync(
            new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            new UnixDomainSocketEndPoint(path),
            cancellationToken
        );

    /// <summary>The stream of a connection, which owns the socket from now on; without one, the
    /// socket is closed.</summary>
    /// <exception cref="SocketException">There is none.</exception>
    public static async ValueTask<Stream> ConnectAsync(
        Socket socket,
        EndPoint to,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await socket.ConnectAsync(to, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A machine that has vanished says nothing: only the system's own probes find
    /// out.</summary>
    /// <param name="seconds">How long a connection may be silent, and how long a probe may take.</param>
    /// <param name="attempts">After how many unanswered ones the connection is given up.</param>
    public static void Probe(Socket socket, int seconds, int attempts)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp,
            SocketOptionName.TcpKeepAliveInterval,
            seconds
        );
        socket.SetSocketOption(
            SocketOptionLevel.Tcp,
            SocketOptionName.TcpKeepAliveRetryCount,
            attempts
        );
    }
}
