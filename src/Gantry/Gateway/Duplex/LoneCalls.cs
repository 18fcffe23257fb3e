using System.Text;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>
/// A stream's requests that belong to no session, so that its client can cancel them: it cannot
/// leave, as it could over HTTP.
/// </summary>
internal sealed class LoneCalls(int limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LoneCall> _calls = new(StringComparer.Ordinal);

    /// <summary>Null when there are too many, or one of this id.</summary>
    /// <param name="cut">Cancels all of them.</param>
    public LoneCall? Begin(Frame request, CancellationToken cut)
    {
        var id = Encoding.UTF8.GetString(request[request.Id]);
        var call = new LoneCall(this, id, cut);
        lock (_lock)
        {
            if (_calls.Count < limit && _calls.TryAdd(id, call))
            {
                return call;
            }
        }

        call.Dispose();
        return null;
    }

    /// <returns>False when it is about none of these.</returns>
    public bool Cancel(Frame notification)
    {
        var id = Encoding.UTF8.GetString(notification[notification.RequestId]);
        LoneCall? call;
        lock (_lock)
        {
            _calls.TryGetValue(id, out call);
        }

        call?.Cancel();
        return call is not null;
    }

    public void Remove(string id, LoneCall call)
    {
        lock (_lock)
        {
            if (_calls.GetValueOrDefault(id) == call)
            {
                _calls.Remove(id);
            }
        }
    }
}

/// <summary>One of them, until it is answered.</summary>
// The source is left to the collector: it has no timer, and a cancellation may come at any time.
internal sealed class LoneCall : IDisposable
{
    private readonly LoneCalls _calls;
    private readonly string _id;
    private readonly CancellationTokenRegistration _cut;

    public LoneCall(LoneCalls calls, string id, CancellationToken cut)
    {
        (_calls, _id) = (calls, id);
        _cut = cut.UnsafeRegister(static state => (state as LoneCall)?.Cancel(), this);
    }

    public CancellationToken Token => Source.Token;

    private CancellationTokenSource Source { get; } = new();

    public void Cancel() => Source.Cancel();

    public void Dispose()
    {
        _cut.Dispose();
        _calls.Remove(_id, this);
    }
}
