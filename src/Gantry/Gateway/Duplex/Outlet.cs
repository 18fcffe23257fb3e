using System.Net.WebSockets;
using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Sessions;
using Gantry.Wire;
using Microsoft.AspNetCore.Connections;

namespace Gantry.Gateway.Duplex;

/// <summary>
/// The one way to a client that reads everything on one stream. Who has something for it waits for
/// its turn; when too much waits, or the client stops reading, the stream is cut.
/// </summary>
// Nothing of it needs to be disposed, so that who comes too late finds it as it was left.
internal sealed class Outlet(ICarrier carrier, Pace pace, GatewayLimits limits)
{
    private volatile Farewell? _farewell;

    /// <summary>Cancelled when nothing can be written any more.</summary>
    public CancellationToken Cut => Cutting.Token;

    /// <summary>Why it ended; null while it goes on.</summary>
    public Farewell? Farewell => _farewell;

    public Backlog Backlog { get; } = new(limits);

    /// <summary>What waits for the client besides answers; it goes out before the next of them.
    /// </summary>
    public Outbox? Outbox { get; set; }

    private SemaphoreSlim Turn { get; } = new(1);

    private CancellationTokenSource Cutting { get; } = new();

    public ValueTask WriteAsync(Exchange exchange, Frame frame) =>
        TakeTurnAsync(
            exchange.Measure(frame),
            (Exchange: exchange, Frame: frame),
            static (carrier, what) => carrier.WriteAsync(what.Exchange, what.Frame)
        );

    public ValueTask WriteAsync(ReadOnlyMemory<byte> message) =>
        TakeTurnAsync(
            message.Length,
            message,
            static (carrier, message) => carrier.WriteAsync(message)
        );

    /// <summary>Writes what waits in the outbox.</summary>
    public ValueTask DrainAsync() => TakeTurnAsync(0, 0, static (_, _) => ValueTask.CompletedTask);

    public ValueTask KeepAliveAsync() =>
        TakeTurnAsync(0, 0, static (carrier, _) => carrier.KeepAliveAsync());

    /// <summary>Ends it; the first reason stays.</summary>
    public void End(Farewell farewell)
    {
        Interlocked.CompareExchange(ref _farewell, farewell, null);
        Cutting.Cancel();
    }

    private async ValueTask TakeTurnAsync<T>(int bytes, T what, Func<ICarrier, T, ValueTask> write)
    {
        if (!Backlog.TryAdd(bytes))
        {
            carrier.Abort();
            End(Farewell.TooSlow);
            return;
        }

        try
        {
            await Turn.WaitAsync(Cutting.Token);
            await WriteInTurnAsync(what, write);
        }
        catch (OperationCanceledException) when (Cutting.IsCancellationRequested)
        {
            // Nobody is left to read it.
        }
        finally
        {
            Backlog.Remove(bytes);
        }
    }

    private async ValueTask WriteInTurnAsync<T>(T what, Func<ICarrier, T, ValueTask> write)
    {
        try
        {
            await WriteEarlierAsync();
            await write(carrier, what);
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            carrier.Abort();
            End(pace.IsStalled ? Farewell.Stalled : Farewell.ByClient);
        }
        finally
        {
            Turn.Release();
        }
    }

    // An empty one is a keep-alive for streams that have nobody to give them theirs.
    private async ValueTask WriteEarlierAsync()
    {
        while (Outbox is { } outbox && outbox.Messages.TryRead(out var message))
        {
            if (!message.IsEmpty)
            {
                await carrier.WriteAsync(message);
            }
        }
    }

    private static bool IsBroken(Exception exception) =>
        exception
            is OperationCanceledException
                or IOException
                or WebSocketException
                or ConnectionAbortedException
                or ObjectDisposedException
                or InvalidOperationException;
}
