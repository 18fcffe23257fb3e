using System.Buffers;
using System.Globalization;
using System.Text;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Wire;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// What a session's own instances asked its client and was not answered yet. An answer goes only to
/// the instance that asked, not to its successor with the same numbers.
/// </summary>
internal sealed class OpenQuestions(int limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Asker> _askers = new(StringComparer.Ordinal);
    private int _lastNumber;

    public bool TryAdd(ReadOnlySpan<byte> id, IConnection connection) =>
        TryAdd(id, new Asker(connection, null));

    /// <summary>
    /// Notes a question of Gantry's own, whose whole answer the task brings, for the caller to
    /// dispose.
    /// </summary>
    /// <returns>Its id as JSON text; null when there are too many.</returns>
    public byte[]? TryAdd(TaskCompletionSource<Frame> answered)
    {
        var id = NewId("gantry-");
        return TryAdd(id, new Asker(null, answered)) ? id : null;
    }

    /// <summary>
    /// Where several servers ask, each numbers its questions as it likes: gives the question with an
    /// id, and a progress token, of its own.
    /// </summary>
    /// <returns>Null when there are too many.</returns>
    public Frame? TryRename(Frame request, ServerName server, IConnection connection)
    {
        var id = NewId($"{server}:");
        var asker = new Asker(connection, null)
        {
            Id = request[request.Id].ToArray(),
            Token = request[request.ProgressToken].ToArray(),
        };
        return TryAdd(id, asker) ? Asker.Write(request, id, id, []) : null;
    }

    /// <summary>Who asked; null when nobody did, or the answer came twice.</summary>
    public Asker? Take(ReadOnlySpan<byte> id)
    {
        lock (_lock)
        {
            return _askers.Remove(Encoding.UTF8.GetString(id), out var asker) ? asker : null;
        }
    }

    /// <summary>As <see cref="Take"/>, but it stays open.</summary>
    public Asker? Find(ReadOnlySpan<byte> id)
    {
        lock (_lock)
        {
            return _askers.GetValueOrDefault(Encoding.UTF8.GetString(id));
        }
    }

    /// <summary>The asker does not want to know any more: its words, with the id that the client
    /// knows. Null when nothing such is open.</summary>
    public Frame? Withdraw(Frame cancellation, IConnection connection)
    {
        var id = cancellation[cancellation.RequestId];
        lock (_lock)
        {
            foreach (var (known, asker) in _askers)
            {
                if (
                    ReferenceEquals(asker.Connection, connection)
                    && asker.Id.AsSpan().SequenceEqual(id)
                )
                {
                    return Asker.Write(cancellation, [], [], Encoding.UTF8.GetBytes(known));
                }
            }
        }

        return null;
    }

    /// <summary>Forgets what an instance asked that is gone.</summary>
    public void Forget(IConnection connection)
    {
        lock (_lock)
        {
            foreach (var (id, other) in _askers)
            {
                if (ReferenceEquals(other.Connection, connection))
                {
                    _askers.Remove(id);
                }
            }
        }
    }

    private byte[] NewId(string prefix)
    {
        var number = Interlocked.Increment(ref _lastNumber);
        return Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"\"{prefix}{number}\"")
        );
    }

    private bool TryAdd(ReadOnlySpan<byte> id, Asker asker)
    {
        lock (_lock)
        {
            if (_askers.Count >= limit)
            {
                return false;
            }

            _askers[Encoding.UTF8.GetString(id)] = asker;
            return true;
        }
    }
}

/// <summary>Who waits for an answer: an instance, or Gantry in the name of one.</summary>
internal sealed record Asker(IConnection? Connection, TaskCompletionSource<Frame>? Answered)
{
    /// <summary>The id that the asker gave, as JSON text; empty when the client knows the same.
    /// </summary>
    public byte[] Id { get; init; } = [];

    /// <summary>The asker's progress token, as JSON text; empty when there is none.</summary>
    public byte[] Token { get; init; } = [];

    /// <summary>What the client says to it, as the asker shall read it; null when it is the same.
    /// </summary>
    public Frame? Restore(Frame message) => Id.Length == 0 ? null : Write(message, Id, Token, []);

    /// <summary>The frame with other values, as a frame of its own.</summary>
    public static Frame Write(
        Frame frame,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> token,
        ReadOnlySpan<byte> requestId
    )
    {
        var output = new ArrayBufferWriter<byte>(FrameWriter.Measure(frame, id, token, requestId));
        FrameWriter.Write(output, frame, id, token, requestId);
        return Outward.Translated(output.WrittenSpan);
    }
}
