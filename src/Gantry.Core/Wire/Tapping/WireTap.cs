using System.Text;
using Gantry.Runtimes;

namespace Gantry.Wire;

/// <summary>
/// Where the frames of one server can be looked at as they pass, on both faces: what its clients
/// and Gantry exchange, and what Gantry and its instances exchange.
/// </summary>
/// <remarks>
/// Whoever sends or receives a frame hands it here, in one line and without asking first: while
/// nobody looks that costs one volatile read. It never waits for who looks.
/// </remarks>
public sealed class WireTap(TimeProvider time)
{
    /// <summary>How many bytes of a frame are kept at most.</summary>
    public const int MaxKept = 1024 * 1024;

    /// <summary>How many may look at the same time.</summary>
    public const int MaxViewers = 8;

    private readonly Lock _lock = new();
    private TapViewer[]? _viewers;

    public bool IsWatched => Volatile.Read(ref _viewers) is not null;

    /// <summary>An instance is sent this frame, with its values replaced where these are not
    /// empty.</summary>
    public void ToInstance(
        InstanceId instance,
        Frame frame,
        ReadOnlySpan<byte> id = default,
        ReadOnlySpan<byte> progressToken = default,
        ReadOnlySpan<byte> requestId = default
    )
    {
        if (Volatile.Read(ref _viewers) is { } viewers)
        {
            Show(
                viewers,
                new(Face.Server, Direction.ToServer, instance.Value),
                frame,
                new(id, progressToken, requestId)
            );
        }
    }

    /// <summary>An instance sent this frame.</summary>
    public void FromInstance(InstanceId instance, Frame frame)
    {
        if (Volatile.Read(ref _viewers) is { } viewers)
        {
            Show(viewers, new(Face.Server, Direction.ToClient, instance.Value), frame, default);
        }
    }

    /// <summary>A client sent this frame.</summary>
    /// <param name="session">The session's key, never its id.</param>
    public void FromClient(string session, Frame frame)
    {
        if (Volatile.Read(ref _viewers) is { } viewers)
        {
            Show(viewers, new(Face.Client, Direction.ToServer, session), frame, default);
        }
    }

    /// <summary>A client is sent this frame, with its values replaced where these are not empty.
    /// </summary>
    /// <param name="session">The session's key, never its id.</param>
    public void ToClient(
        string session,
        Frame frame,
        ReadOnlySpan<byte> id = default,
        ReadOnlySpan<byte> progressToken = default
    )
    {
        if (Volatile.Read(ref _viewers) is { } viewers)
        {
            Show(
                viewers,
                new(Face.Client, Direction.ToClient, session),
                frame,
                new(id, progressToken, default)
            );
        }
    }

    /// <summary>A client is sent this message, which is one frame.</summary>
    /// <param name="session">The session's key, never its id.</param>
    public void ToClient(string session, ReadOnlySpan<byte> message)
    {
        if (Volatile.Read(ref _viewers) is { } viewers)
        {
            using var frame = Frame.Parse(message);
            Show(viewers, new(Face.Client, Direction.ToClient, session), frame, default);
        }
    }

    /// <summary>Begins to look, until the viewer is disposed. Null when too many do already.
    /// </summary>
    public TapViewer? Watch()
    {
        lock (_lock)
        {
            if (_viewers?.Length >= MaxViewers)
            {
                return null;
            }

            var viewer = new TapViewer(Leave);
            Volatile.Write(ref _viewers, [.. _viewers ?? [], viewer]);
            return viewer;
        }
    }

    private void Leave(TapViewer viewer)
    {
        lock (_lock)
        {
            TapViewer[] left = [.. (_viewers ?? []).Where(other => other != viewer)];
            Volatile.Write(ref _viewers, left is [] ? null : left);
        }
    }

    // Nobody copies what nobody has room for.
    private void Show(TapViewer[] viewers, Spot spot, Frame frame, Replaced replaced)
    {
        Sighting? sighting = null;
        foreach (var viewer in viewers)
        {
            if (viewer.HasRoom(frame.Length))
            {
                viewer.Take(sighting ??= See(spot, frame, replaced));
            }
        }
    }

    private Sighting See(Spot spot, Frame frame, Replaced replaced)
    {
        var kept = new KeptBytes(MaxKept);
        var id = replaced.Id;
        var token = replaced.ProgressToken;
        var requestId = replaced.RequestId;
        FrameWriter.Write(kept, frame, id, token, requestId);
        return new(
            time.GetUtcNow(),
            time.GetTimestamp(),
            spot,
            Text(frame.Id.IsEmpty || id.IsEmpty ? frame[frame.Id] : id),
            Text(frame[frame.Method].Trim((byte)'"')),
            FrameWriter.Measure(frame, id, token, requestId),
            kept.Utf8
        );
    }

    private static string? Text(ReadOnlySpan<byte> utf8) =>
        utf8.IsEmpty ? null : Encoding.UTF8.GetString(utf8);

    private readonly ref struct Replaced(
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken,
        ReadOnlySpan<byte> requestId
    )
    {
        public ReadOnlySpan<byte> Id { get; } = id;

        public ReadOnlySpan<byte> ProgressToken { get; } = progressToken;

        public ReadOnlySpan<byte> RequestId { get; } = requestId;
    }
}
