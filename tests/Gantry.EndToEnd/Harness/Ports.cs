using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gantry.EndToEnd.Harness;

/// <summary>Ports for whoever must be told where to listen.</summary>
internal static class Ports
{
    private static readonly ConcurrentDictionary<int, bool> s_given = new();

    /// <summary>
    /// A port that nobody has at this moment, and that no other scenario was given: two that run at
    /// a time may both ask before either listens.
    /// </summary>
    public static int Free()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (s_given.TryAdd(port, true))
            {
                return port;
            }
        }
    }
}
