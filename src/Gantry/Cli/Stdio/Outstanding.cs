using System.Collections.Frozen;
using System.Text;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Cli.Stdio;

/// <summary>
/// What the client waits for, and what it said that lasts: all that is needed to go on over another
/// connection.
/// </summary>
internal sealed class Outstanding
{
    /// <summary>How many messages that last are kept.</summary>
    private const int MaxLasting = 1_000;

    // These change nothing, so that a second time does no harm.
    private static readonly FrozenSet<string> s_harmless = new[]
    {
        "initialize",
        "ping",
        "server/discover",
        "tools/list",
        "prompts/list",
        "prompts/get",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "completion/complete",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "subscriptions/listen",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly Lock _lock = new();

    // By id; the value is what may be sent again, null when nothing may.
    private readonly Dictionary<string, byte[]?> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _lasting = new(StringComparer.Ordinal);
    private TaskCompletionSource? _allAnswered;
    private string? _helloId;

    /// <summary>The client's <c>initialize</c>; null before it, and for clients that have none.
    /// </summary>
    public byte[]? Hello { get; private set; }

    /// <summary>Whether <see cref="Hello"/> was answered.</summary>
    public bool IsWelcomed { get; private set; }

    /// <summary>What was agreed then; the same must come out later.</summary>
    public string? Revision { get; private set; }

    /// <summary>Notes what the client is about to send.</summary>
    public void Note(Frame frame)
    {
        var method = frame.Kind is FrameKind.Response ? "" : frame.Text(frame.Method) ?? "";
        lock (_lock)
        {
            if (frame.Kind is FrameKind.Request)
            {
                Open(frame, method);
            }
            else if (method is "notifications/cancelled")
            {
                Close(Text(frame[frame.RequestId]));
            }
            else if (method is "notifications/initialized")
            {
                _lasting[method] = frame.Utf8.ToArray();
            }
        }
    }

    /// <summary>Notes a response that came; false when nobody waits for it.</summary>
    public bool Settle(Frame response)
    {
        lock (_lock)
        {
            var id = Text(response[response.Id]);
            if (id == _helloId && !response.IsError)
            {
                IsWelcomed = true;
                Revision = RevisionOf(response);
            }

            return Close(id);
        }
    }

    /// <summary>What was said once and holds for the whole conversation, in its order.</summary>
    public IReadOnlyList<byte[]> Lasting()
    {
        lock (_lock)
        {
            return [.. _lasting.Values];
        }
    }

    /// <summary>The open requests that may be made again.</summary>
    public IReadOnlyList<byte[]> Repeatable()
    {
        lock (_lock)
        {
            return [.. _open.Values.OfType<byte[]>()];
        }
    }

    /// <summary>Gives up the other ones.</summary>
    /// <returns>Their ids, as JSON text.</returns>
    public IReadOnlyList<string> GiveUpRest() => GiveUp(onlyUnrepeatable: true);

    /// <summary>Gives up all that is open.</summary>
    public IReadOnlyList<string> GiveUpAll() => GiveUp(onlyUnrepeatable: false);

    /// <summary>Completes when no request is open.</summary>
    public Task AllAnsweredAsync()
    {
        lock (_lock)
        {
            if (_open.Count == 0)
            {
                return Task.CompletedTask;
            }

            _allAnswered ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _allAnswered.Task;
        }
    }

    public static string? RevisionOf(Frame welcome) => welcome.Param("protocolVersion"u8);

    private void Open(Frame request, string method)
    {
        var copy = s_harmless.Contains(method) ? request.Utf8.ToArray() : null;
        _open[Text(request[request.Id])] = copy;
        if (copy is null)
        {
            return;
        }

        if (method is "initialize" && !IsWelcomed)
        {
            (Hello, _helloId) = (copy, Text(request[request.Id]));
        }
        else if (method is "logging/setLevel")
        {
            _lasting[method] = copy;
        }
        else
        {
            NoteSubscription(request, method, copy);
        }
    }

    private void NoteSubscription(Frame request, string method, byte[] copy)
    {
        var key = $"subscription {request.Text(request.Uri)}";
        if (method is "resources/subscribe" && _lasting.Count < MaxLasting)
        {
            _lasting[key] = copy;
        }
        else if (method is "resources/unsubscribe")
        {
            _lasting.Remove(key);
        }
    }

    private bool Close(string id)
    {
        var wasOpen = _open.Remove(id);
        if (_open.Count == 0)
        {
            _allAnswered?.TrySetResult();
            _allAnswered = null;
        }

        return wasOpen;
    }

    private List<string> GiveUp(bool onlyUnrepeatable)
    {
        lock (_lock)
        {
            var ids = _open
                .Where(one => !onlyUnrepeatable || one.Value is null)
                .Select(one => one.Key)
                .ToList();
            ids.ForEach(id => Close(id));
            return ids;
        }
    }

    private static string Text(ReadOnlySpan<byte> json) => Encoding.UTF8.GetString(json);
}
