using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gantry.EndToEnd.Flow;

/// <summary>
/// Passes TCP through, and cuts a connection on which nothing went in either direction for a while:
/// as load balancers do, after a minute and without a word.
/// </summary>
internal sealed class ImpatientProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Uri _target;
    private readonly TimeSpan _patience;
    private readonly Task _accepting;
    private int _cuts;

    public ImpatientProxy(Uri target, TimeSpan patience)
    {
        (_target, _patience) = (target, patience);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>How many connections it has cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(PassAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested) { }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        await far.ConnectAsync(_target.Host, _target.Port, _stop.Token);
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        idle.CancelAfter(_patience);
        await Task.WhenAll(
            CopyAsync(near.GetStream(), far.GetStream(), idle),
            CopyAsync(far.GetStream(), near.GetStream(), idle)
        );
        if (idle.IsCancellationRequested && !_stop.IsCancellationRequested)
        {
            Interlocked.Increment(ref _cuts);
            near.Client.Close(0);
            far.Client.Close(0);
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, CancellationTokenSource idle)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, idle.Token) is > 0 and var read)
            {
                idle.CancelAfter(_patience);
                await to.WriteAsync(buffer.AsMemory(0, read), idle.Token);
            }

            to.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception)
            when (exception is IOException or SocketException or OperationCanceledException)
        {
            // One of the two sides has gone, or nobody said anything for too long.
        }
    }
}
