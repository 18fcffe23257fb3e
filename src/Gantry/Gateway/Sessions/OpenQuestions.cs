using System.Buffers;
using System.Globalization;
using System.Text;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// What a session's own instances asked its client and was not answered yet. An answer goes only to
/// the instance that asked, not to its successor with the same numbers.
/// </summary>
internal sealed class OpenQuestions(int limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Question> _open = new(StringComparer.Ordinal);
    private long _lastNumber;

    public bool TryAdd(ReadOnlySpan<byte> id, IConnection asker) =>
        TryAdd(Encoding.UTF8.GetString(id), new(asker));

    /// <summary>
    /// Where several servers ask, each numbers its questions as it likes: gives the question with an
    /// id, and a progress token, of its own.
    /// </summary>
    /// <returns>Null when there are too many.</returns>
    public Frame? TryRename(Frame request, ServerName server, IConnection asker)
    {
        var number = Interlocked.Increment(ref _lastNumber);
        var id = string.Create(CultureInfo.InvariantCulture, $"\"{server}:{number}\"");
        var question = new Question(asker)
        {
            Id = request[request.Id].ToArray(),
            Token = request[request.ProgressToken].ToArray(),
        };
        return TryAdd(id, question)
            ? Question.Write(request, Encoding.UTF8.GetBytes(id), Encoding.UTF8.GetBytes(id), [])
            : null;
    }

    /// <summary>What was asked under this id; null when nothing was, or the answer came twice.
    /// </summary>
    public Question? Take(ReadOnlySpan<byte> id)
    {
        lock (_lock)
        {
            return _open.Remove(Encoding.UTF8.GetString(id), out var question) ? question : null;
        }
    }

    /// <summary>As <see cref="Take"/>, but it stays open.</summary>
    public Question? Find(ReadOnlySpan<byte> id)
    {
        lock (_lock)
        {
            return _open.GetValueOrDefault(Encoding.UTF8.GetString(id));
        }
    }

    /// <summary>The asker does not want to know any more: its words, with the id that the client
    /// knows. Null when nothing such is open.</summary>
    public Frame? Withdraw(Frame cancellation, IConnection asker)
    {
        var id = cancellation[cancellation.RequestId];
        lock (_lock)
        {
            foreach (var (known, question) in _open)
            {
                if (
                    ReferenceEquals(question.Asker, asker) && question.Id.AsSpan().SequenceEqual(id)
                )
                {
                    return Question.Write(cancellation, [], [], Encoding.UTF8.GetBytes(known));
                }
            }
        }

        return null;
    }

    /// <summary>Forgets what an instance asked that is gone.</summary>
    public void Forget(IConnection asker)
    {
        lock (_lock)
        {
            foreach (var (id, question) in _open)
            {
                if (ReferenceEquals(question.Asker, asker))
                {
                    _open.Remove(id);
                }
            }
        }
    }

    private bool TryAdd(string id, Question question)
    {
        lock (_lock)
        {
            if (_open.Count >= limit)
            {
                return false;
            }

            _open[id] = question;
            return true;
        }
    }
}

/// <summary>Who asked, and under which id where the client knows another one.</summary>
internal sealed record Question(IConnection Asker)
{
    /// <summary>As JSON text; empty when the client knows the same.</summary>
    public byte[] Id { get; init; } = [];

    /// <summary>The progress token, as JSON text; empty when there is none.</summary>
    public byte[] Token { get; init; } = [];

    /// <summary>What the client answers, as the asker shall read it; null when it is the same.
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
        return Frame.Parse(output.WrittenSpan);
    }
}
