using System.Net;
using Gantry.Config;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gantry.Gateway.Ports;

/// <summary>
/// One server's port: a small listener of its own, so that opening and closing it disturbs no other.
/// </summary>
internal sealed class PortListener(
    ServerName server,
    IPEndPoint at,
    KestrelServer kestrel,
    IHttpApplication<HttpContext> application
)
{
    /// <summary>How long calls and streams on a port may go on once it is to close.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    public ServerName Server { get; } = server;

    public IPEndPoint At { get; } = at;

    /// <exception cref="IOException">Somebody has it.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">It cannot be had.</exception>
    public Task OpenAsync(CancellationToken cancellationToken) =>
        kestrel.StartAsync(application, cancellationToken);

    /// <summary>Takes no more connections at once, and gives those that are there a little time.
    /// </summary>
    public async Task CloseAsync(TimeProvider time)
    {
        using var grace = new CancellationTokenSource(s_grace, time);
        await kestrel.StopAsync(grace.Token);
        kestrel.Dispose();
    }
}
