using System.Buffers.Text;
using System.Collections.Concurrent;
using Gantry.Wire;

namespace Gantry.Runtimes.Stdio;

/// <summary>The calls that a server has not answered, and which of them a message is for.</summary>
internal sealed class CallsOnPipe
{
    private readonly ConcurrentDictionary<long, StdioCall> _all = new();
    private volatile bool _logsAreForRequests;

    public IEnumerable<StdioCall> All => _all.Values;

    /// <summary>Each request says whether its client wants to hear what is logged.</summary>
    public bool LogsAreForRequests
    {
        set => _logsAreForRequests = value;
    }

    public void Add(StdioCall call) => _all[call.Number] = call;

    /// <returns>False when it was removed before.</returns>
    public bool Remove(StdioCall call) => _all.TryRemove(call.Number, out _);

    /// <param name="number">JSON text of whatever kind.</param>
    public StdioCall? Find(ReadOnlySpan<byte> number) =>
        Utf8Parser.TryParse(number, out long value, out var length) && length == number.Length
            ? _all.GetValueOrDefault(value)
            : null;

    /// <summary>Null when it is for no call in particular.</summary>
    // A progress token or subscription is a call's number; a server that is about to leave may
    // cancel what its client listens to.
    public StdioCall? AddresseeOf(Frame notification) =>
        Find(notification[notification.ProgressToken])
        ?? Find(notification[notification.SubscriptionId])
        ?? (
            notification.IsMethod("notifications/cancelled"u8)
                ? Find(notification[notification.RequestId])
                : AskerOf(notification)
        );

    // Nothing on a pipe says for which request something was logged. Where each request says whether
    // it wants that, it is for one that does; of several nobody can tell for which.
    private StdioCall? AskerOf(Frame notification)
    {
        if (!_logsAreForRequests || !notification.IsMethod("notifications/message"u8))
        {
            return null;
        }

        StdioCall? asker = null;
        foreach (var (_, call) in _all)
        {
            if (call.Request.AsksForLogs)
            {
                if (asker is not null)
                {
                    return null;
                }

                asker = call;
            }
        }

        return asker;
    }
}
