using System.Net;
using System.Net.Sockets;

namespace Gantry.Cli.Bridge;

internal static class FreePort
{
    /// <summary>A port that nobody has at this moment.</summary>
    public static int Find(IPAddress address)
    {
        using var listener = new TcpListener(address, 0);
        listener.Start();
        return (listener.LocalEndpoint as IPEndPoint)?.Port ?? 0;
    }
}
