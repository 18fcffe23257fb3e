using System.Buffers.Text;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote;

/// <summary>A call to an origin: known there under a number of its connection.</summary>
internal sealed class RemoteCall : Call
{
    private readonly RemoteConnection _connection;
    private readonly CancellationTokenSource _over;
    private readonly byte[] _number;
    private int _isFinished;
    private int _endedParts;

    public RemoteCall(RemoteConnection connection, Frame request, long number, TimeProvider time)
        : base(request)
    {
        _connection = connection;
        _over = new(Timeout.InfiniteTimeSpan, time);
        Number = number;
        Over = _over.Token;
        LastSign = time.GetTimestamp();
        IsStanding = request.IsMethod("subscriptions/listen"u8);
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        _number = digits[..length].ToArray();
    }

    public long Number { get; }

    /// <summary>Whether it lasts as long as the conversation, which is idle all the same, and may be
    /// silent for as long.</summary>
    public bool IsStanding { get; }

    /// <summary>The number as JSON text.</summary>
    public ReadOnlySpan<byte> Utf8Number => _number;

    /// <summary>Cancelled when nothing is to be read for it any more.</summary>
    public CancellationToken Over { get; }

    /// <summary>When a byte last came for it, by the clock's timestamp.</summary>
    public long LastSign { get; set; }

    /// <summary>The work of sending it and of reading what is answered; the connection awaits
    /// it.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    public bool IsFinished => Volatile.Read(ref _isFinished) != 0;

    /// <summary>True for the first who says that it is over.</summary>
    public bool TryFinish() => Interlocked.Exchange(ref _isFinished, 1) == 0;

    /// <summary>Ends the work, at once or after what may still follow the answer.</summary>
    // Never disposed: whoever ends the work may come when it has ended, and no timer is left then.
    public void EndWork(TimeSpan after) => _over.CancelAfter(after);

    /// <summary>Said once when it is over for the client, and once when its work has ended; true
    /// the second time.</summary>
    public bool EndPart() => Interlocked.Increment(ref _endedParts) == 2;

    public override ValueTask CancelAsync(
        Frame? notification,
        CancellationToken cancellationToken
    ) => _connection.CancelAsync(this, notification, cancellationToken);
}
