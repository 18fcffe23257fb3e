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
    private bool _isBroken;
    private TaskCompletionSource _refreshed = New();
    private TaskCompletionSource _asked = New();

    public async Task RunAsync(TimeProvider time, CancellationToken stoppingToken)
    {
        using var stopping = stoppingToken.UnsafeRegister(
            static one => (one as Upstream)?.Wake(),
            this
        );
        while (!stoppingToken.IsCancellationRequested)
        {
            var (asked, refreshed) = Begin();
            if (await OpenAsync(stoppingToken) is not { } call)
            {
                refreshed.TrySetResult();
                await asked.WaitAsync(stoppingToken);
                continue;
            }

            var last = Exchange(call);
            await CancelAsync(last);
            if (!await TryReadAsync(call, asked, refreshed, stoppingToken))
            {
                _isBroken = true;
                await Task.Delay(s_pause, time, stoppingToken);
            }
        }
    }

    // A stream may break while its server goes on.
    private async Task<bool> TryReadAsync(
        Call call,
        Task asked,
        TaskCompletionSource refreshed,
        CancellationToken stoppingToken
    )
    {
        try
        {
            return await ReadAsync(call, asked, refreshed, stoppingToken);
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

    public void End() => _refreshed.TrySetResult();

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Who asks from now on is told by the next round, and not by this one.
    private (Task Asked, TaskCompletionSource Refreshed) Begin()
    {
        lock (_lock)
        {
            var refreshed = _refreshed;
            _refreshed = New();
            _asked = New();
            return (_asked.Task, refreshed);
        }
    }

    private Call? Exchange(Call call)
    {
        var last = _call;
        Volatile.Write(ref _call, call);
        return last;
    }

    private void Wake() => Volatile.Read(ref _call)?.Wake();

    private static async Task CancelAsync(Call? call)
    {
        if (call is null)
        {
            return;
        }

        await call.CancelAsync(notification: null, CancellationToken.None);
        foreach (var frame in call.Abandon())
        {
            frame.Dispose();
        }

        call.Dispose();
    }

    // Null when there is nothing to listen to, or nobody to do it.
    private async Task<Call?> OpenAsync(CancellationToken cancellationToken)
    {
        var capabilities = FrameText.Member(connection.Handshake.Result.Span, "capabilities"u8);
        var uris = Can(capabilities, "resources"u8, "subscribe"u8) ? wanted() : [];
        var tools = Can(capabilities, "tools"u8, "listChanged"u8);
        var prompts = Can(capabilities, "prompts"u8, "listChanged"u8);
        var resources = Can(capabilities, "resources"u8, "listChanged"u8);
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
        var capabilities = FrameText.Member(connection.Handshake.Result.Span, "capabilities"u8);
        foreach (var list in (string[])["tools", "prompts", "resources"])
        {
            if (Can(capabilities, Encoding.UTF8.GetBytes(list), "listChanged"u8))
            {
                var method = Encoding.UTF8.GetBytes($"\"notifications/{list}/list_changed\"");
                hear(Frame.Parse(RpcText.Change(method, uri: default)));
            }
        }
    }

    private static bool Can(
        ReadOnlySpan<byte> capabilities,
        ReadOnlySpan<byte> kind,
        ReadOnlySpan<byte> name
    ) => FrameText.Member(FrameText.Member(capabilities, kind), name).SequenceEqual("true"u8);

    // False when the server ended it.
    private async Task<bool> ReadAsync(
        Call call,
        Task asked,
        TaskCompletionSource refreshed,
        CancellationToken stoppingToken
    )
    {
        while (!asked.IsCompleted && !stoppingToken.IsCancellationRequested)
        {
            using var frame = await call.ReadOrWakeAsync();
            if (frame is null)
            {
                continue;
            }

            refreshed.TrySetResult();
            TellMissed();
            if (frame.Kind is FrameKind.Response || frame.IsMethod("notifications/cancelled"u8))
            {
                Volatile.Write(ref _call, null);
                return false;
            }

            if (Notices.IsChange(frame))
            {
                hear(Frame.Parse(RpcText.Change(frame[frame.Method], frame[frame.Uri])));
            }
        }

        return true;
    }
}
