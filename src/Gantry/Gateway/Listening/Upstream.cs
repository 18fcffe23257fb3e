using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>One stream of changes from an instance without sessions, opened anew as wishes
/// change.</summary>
internal sealed class Upstream(
    IConnection connection,
    Func<ImmutableHashSet<string>> wanted,
    Action<Frame> hear
)
{
    /// <summary>How long to leave a server alone that ended the stream.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Call? _call;
    private ImmutableHashSet<string> _watched = [];

    // Whether the server has said anything on the stream yet.
    private bool _isNoted;
    private bool _isBroken;
    private TaskCompletionSource _refreshed = New();
    private TaskCompletionSource _asked = New();

    // Who waits for what the server was asked last: more than one when wishes changed before it took
    // note.
    private readonly List<TaskCompletionSource> _unsettled = [];

    public async Task RunAsync(TimeProvider time, CancellationToken stoppingToken)
    {
        using var stopping = stoppingToken.UnsafeRegister(
            static one => (one as Upstream)?.Wake(),
            this
        );
        while (!stoppingToken.IsCancellationRequested)
        {
            var asked = Begin();
            if (await CallAsync(stoppingToken) is not { } call)
            {
                Settle();
                await asked.WaitAsync(stoppingToken);
                continue;
            }

            if (!await TryReadAsync(call, asked, stoppingToken))
            {
                _isBroken = true;
                await Task.Delay(s_pause, time, stoppingToken);
            }
        }
    }

    // A stream may break while its server goes on.
    private async Task<bool> TryReadAsync(Call call, Task asked, CancellationToken stoppingToken)
    {
        try
        {
            return await ReadAsync(call, asked, stoppingToken);
        }
        catch (InstanceGoneException) when (!connection.Gate.IsClosed)
        {
            Volatile.Write(ref _call, null);
            call.Dispose();
            return false;
        }
    }

    /// <summary>Completes when the server has been told, and has taken note.</summary>
    public Task Refresh()
    {
        TaskCompletionSource refreshed;
        lock (_lock)
        {
            refreshed = _refreshed;
            _asked.TrySetResult();
        }

        Wake();
        return refreshed.Task;
    }

    /// <summary>Nothing is listened to any more. Only when it runs no longer.</summary>
    public void End()
    {
        Begin();
        Settle();
    }

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Who asks from now on is told by the next round, and not by this one.
    private Task Begin()
    {
        lock (_lock)
        {
            _unsettled.Add(_refreshed);
            _refreshed = New();
            _asked = New();
            return _asked.Task;
        }
    }

    private void Settle()
    {
        _unsettled.ForEach(one => one.TrySetResult());
        _unsettled.Clear();
    }

    // The stream that there is, unless other resources are wanted than it tells of; null when there is
    // nothing to listen to. A new one comes before the old one ends, so that nothing is missed.
    private async Task<Call?> CallAsync(CancellationToken cancellationToken)
    {
        var uris = Can("resources"u8, "subscribe"u8) ? wanted() : [];
        if (_call is { } call && uris.SetEquals(_watched))
        {
            if (_isNoted)
            {
                Settle();
            }

            return call;
        }

        var last = _call;
        var next = await OpenAsync(uris, cancellationToken);
        (_watched, _isNoted) = (uris, false);
        Volatile.Write(ref _call, next);
        await CancelAsync(last);
        return next;
    }

    private void Wake() => Volatile.Read(ref _call)?.Wake();

    // What it brought and nobody read yet may have come on no other.
    private async Task CancelAsync(Call? call)
    {
        if (call is null)
        {
            return;
        }

        await call.CancelAsync(notification: null, CancellationToken.None);
        foreach (var frame in call.Abandon())
        {
            using (frame)
            {
                Tell(frame);
            }
        }

        call.Dispose();
    }

    // Null when there is nothing to listen to, or nobody to do it.
    private async Task<Call?> OpenAsync(
        ImmutableHashSet<string> uris,
        CancellationToken cancellationToken
    )
    {
        var tools = Can("tools"u8, "listChanged"u8);
        var prompts = Can("prompts"u8, "listChanged"u8);
        var resources = Can("resources"u8, "listChanged"u8);
        if (!tools && !prompts && !resources && uris.IsEmpty)
        {
            return null;
        }

        var request = OwnRequest.Make(
            connection,
            "subscriptions/listen",
            json =>
            {
                json.WriteStartObject("notifications");
                json.WriteBoolean("toolsListChanged", tools);
                json.WriteBoolean("promptsListChanged", prompts);
                json.WriteBoolean("resourcesListChanged", resources);
                Write(json, uris);
                json.WriteEndObject();
            }
        );
        var call = await connection.OpenAsync(request, Envelope.Own, cancellationToken);
        return call ?? throw new InstanceGoneException($"{connection.Instance} was told to stop.");
    }

    private static void Write(Utf8JsonWriter json, ImmutableHashSet<string> uris)
    {
        json.WriteStartArray("resourceSubscriptions");
        foreach (var uri in uris)
        {
            json.WriteStringValue(uri);
        }

        json.WriteEndArray();
    }

    // Nobody knows what changed while there was no stream.
    private void TellMissed()
    {
        if (!_isBroken)
        {
            return;
        }

        _isBroken = false;
        foreach (var list in (string[])["tools", "prompts", "resources"])
        {
            if (Can(Encoding.UTF8.GetBytes(list), "listChanged"u8))
            {
                var method = Encoding.UTF8.GetBytes($"\"notifications/{list}/list_changed\"");
                hear(Frame.Parse(RpcText.Change(method, uri: default)));
            }
        }
    }

    private bool Can(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> name)
    {
        var capabilities = FrameText.Member(connection.Handshake.Result.Span, "capabilities"u8);
        return FrameText.Member(FrameText.Member(capabilities, kind), name).SequenceEqual("true"u8);
    }

    // False when the server ended it.
    private async Task<bool> ReadAsync(Call call, Task asked, CancellationToken stoppingToken)
    {
        while (!asked.IsCompleted && !stoppingToken.IsCancellationRequested)
        {
            using var frame = await call.ReadOrWakeAsync();
            if (frame is null)
            {
                continue;
            }

            _isNoted = true;
            Settle();
            TellMissed();
            if (frame.Kind is FrameKind.Response || frame.IsMethod("notifications/cancelled"u8))
            {
                Volatile.Write(ref _call, null);
                return false;
            }

            Tell(frame);
        }

        return true;
    }

    private void Tell(Frame frame)
    {
        if (Notices.IsChange(frame))
        {
            hear(Frame.Parse(RpcText.Change(frame[frame.Method], frame[frame.Uri])));
        }
    }
}
