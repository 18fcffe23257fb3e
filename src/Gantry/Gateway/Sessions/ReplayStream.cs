namespace Gantry.Gateway.Sessions;

/// <summary>One event stream of a session, as far as it is remembered.</summary>
internal sealed class ReplayStream(Replay replay, int number)
{
    private readonly Queue<ReplayEvent> _events = new();
    private TaskCompletionSource _news = NewSignal();
    private int _last;
    private bool _isOver;

    public int Number { get; } = number;

    /// <summary>Nothing of it is left, and nothing will come.</summary>
    public bool IsSpent => _isOver && _events.Count == 0;

    /// <summary>Takes the next event; an empty one says only that the stream is there.</summary>
    /// <param name="message">In a buffer of its own.</param>
    public ReplayEvent Add(ReadOnlyMemory<byte> message) =>
        replay.Guard(() =>
        {
            var added = new ReplayEvent(Number, ++_last, message);
            _events.Enqueue(added);
            replay.Count(this, message.Length);
            Signal();
            return added;
        });

    /// <summary>Whether a message of this length is short enough to be kept.</summary>
    public bool Keeps(int length) => replay.Keeps(length);

    /// <summary>Nothing more will come.</summary>
    public void End() =>
        replay.Guard(() =>
        {
            _isOver = true;
            Signal();
            return _isOver;
        });

    /// <summary>Wakes whoever follows it, so that they give a sign of life.</summary>
    public void Poke() =>
        replay.Guard(() =>
        {
            Signal();
            return _isOver;
        });

    /// <summary>What came after an event and is still known.</summary>
    public ReplayRest After(int number) =>
        replay.Guard(() =>
            new ReplayRest(
                [.. _events.Where(one => one.Number > number && !one.Message.IsEmpty)],
                _isOver,
                _news.Task
            )
        );

    /// <summary>Only inside the replay's guard.</summary>
    /// <returns>How many bytes are free by that.</returns>
    public int DropOldest() => _events.Dequeue().Message.Length;

    private void Signal()
    {
        var news = _news;
        _news = NewSignal();
        news.SetResult();
    }

    private static TaskCompletionSource NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal readonly record struct ReplayEvent(int Stream, int Number, ReadOnlyMemory<byte> Message);

/// <param name="IsOver">Nothing more will come.</param>
/// <param name="News">Completes when something has.</param>
internal readonly record struct ReplayRest(
    IReadOnlyList<ReplayEvent> Events,
    bool IsOver,
    Task News
);
