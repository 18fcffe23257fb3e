using Gantry.Wire;

namespace Gantry.Gateway.Sessions;

/// <summary>One request of a session's client, from its arrival until its answer.</summary>
internal sealed class Exchange(Session session, Frame request)
{
    private volatile Call? _call;
    private volatile CancellationTokenSource? _opening;
    private volatile TaskCompletionSource? _nudge;
    private volatile bool _isStopped;

    public Session Session { get; } = session;

    public Frame Request { get; } = request;

    /// <summary>Whether messages besides the response can reach the client on its stream.</summary>
    public required bool CanStream { get; init; }

    /// <summary>By <see cref="CoarseClock"/>, when the client last heard of it.</summary>
    public required int LastSign { get; set; }

    /// <summary>Null until an instance took it.</summary>
    public Call? Call => _call;

    /// <summary>Nobody wants the answer any more.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>The instance was told so in the client's own words.</summary>
    public bool IsCancelSent { get; set; }

    /// <summary>The resource that it subscribes to, to be forgotten when the server refuses.</summary>
    public string? Subscribes { get; set; }

    // Its neighbours among the session's calls in flight, under that list's lock.
    public Exchange? Older { get; set; }

    public Exchange? Newer { get; set; }

    /// <summary>A token for the time until an instance takes it.</summary>
    // The source is left to the collector: it has no timer, and a stop may come at any time.
    public CancellationToken BeginOpening(CancellationToken aborted)
    {
        var opening = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        _opening = opening;
        return _isStopped ? new(canceled: true) : opening.Token;
    }

    public void Begin(Call call)
    {
        _call = call;
        if (_isStopped)
        {
            call.Wake();
        }
    }

    /// <summary>The server refused it, or never answered.</summary>
    public void ForgetSubscription()
    {
        if (Subscribes is { } uri)
        {
            Session.Subscriptions.Remove(uri);
        }
    }

    /// <summary>Makes whoever waits for the answer give a sign of life meanwhile.</summary>
    public void Nudge()
    {
        _nudge?.TrySetResult();
        _call?.Wake();
    }

    /// <summary>Completes with the next <see cref="Nudge"/>, for the time without a call.</summary>
    public Task NextNudge()
    {
        var nudge = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _nudge = nudge;
        return nudge.Task;
    }

    public void Stop()
    {
        _isStopped = true;
        _opening?.Cancel();
        _call?.Wake();
    }
}
