using System.Buffers.Text;
using Gantry.Wire;

namespace Gantry.Runtimes.Stdio;

/// <summary>A call over a pipe: known to the server under a number of this connection.</summary>
internal sealed class StdioCall : Call
{
    private readonly StdioConnection _connection;
    private readonly byte[] _number;

    public StdioCall(StdioConnection connection, Frame request, long number)
        : base(request)
    {
        _connection = connection;
        Number = number;
        IsStanding = request.IsMethod("subscriptions/listen"u8);
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        _number = digits[..length].ToArray();
    }

    public long Number { get; }

    /// <summary>Whether it lasts as long as the instance, which is idle all the same.</summary>
    public bool IsStanding { get; }

    /// <summary>The number as JSON text.</summary>
    public ReadOnlySpan<byte> Utf8Number => _number;

    public override ValueTask CancelAsync(
        Frame? notification,
        CancellationToken cancellationToken
    ) => _connection.CancelAsync(this, notification);
}
