using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gantry.Daemon;

/// <summary>Makes the sockets on which connections are awaited.</summary>
internal sealed class ListeningSockets : IDisposable
{
    private readonly Dictionary<string, SocketFile> _files = new(StringComparer.Ordinal);

    /// <summary>What was bound last, or could not be.</summary>
    public string Last { get; private set; } = "";

    /// <summary>The Unix sockets for clients, as <c>unix:PATH</c>.</summary>
    public IEnumerable<string> Paths =>
        _files.Keys.Select(path => new ListenAddress.Socket(path).ToString());

    /// <summary>Makes the paths of Unix sockets ours, before anything is bound.</summary>
    /// <exception cref="StartRefusedException">One of them is somebody else's.</exception>
    public void Claim(IEnumerable<ListenAddress> addresses, UnixFileMode mode)
    {
        foreach (var socket in addresses.OfType<ListenAddress.Socket>())
        {
            _files[socket.Path] = SocketFile.Claim(socket.Path, mode);
        }
    }

    public Socket Bind(EndPoint endPoint)
    {
        Last = endPoint.ToString() ?? "";
        return endPoint is UnixDomainSocketEndPoint && _files.TryGetValue(Last, out var file)
            ? file.Bind()
            : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }
}
