using System.Net.Sockets;

namespace Gantry.Runtimes.Remote;

/// <summary>
/// A machine that has vanished says nothing: only the system's own probes find out.
/// </summary>
public static class Probes
{
    /// <param name="seconds">How long a connection may be silent, and how long a probe may take.</param>
    /// <param name="attempts">After how many unanswered ones the connection is given up.</param>
    public static void Begin(Socket socket, int seconds, int attempts)
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
