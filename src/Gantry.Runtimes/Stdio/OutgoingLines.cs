using System.Buffers;
using Gantry.Wire;

namespace Gantry.Runtimes.Stdio;

/// <summary>
/// The writing side of a pipe. Whoever finds it idle writes at once, on the caller's own thread;
/// what others add meanwhile goes out in one further write. Where many write, the first leaves it
/// to another thread, so that what comes in the next moment goes out in the same write.
/// </summary>
/// <param name="broke">Called when the server has closed its end.</param>
internal sealed class OutgoingLines(Stream stream, Action broke)
{
    /// <summary>Above this, callers wait until the server has read some of it.</summary>
    private const int MaxWaitingBytes = 4 * 1024 * 1024;
    private const int LargestKept = 256 * 1024;

    private readonly Lock _lock = new();
    private ArrayBufferWriter<byte> _filling = new(4096);
    private ArrayBufferWriter<byte> _writing = new(4096);
    private TaskCompletionSource? _room;
    private Task _handedOver = Task.CompletedTask;
    private bool _isBusy;
    private bool _isClosed;

    /// <summary>
    /// Sends a frame as one line, with its id, progress token and request id replaced where these
    /// are not empty. After the pipe broke, nothing happens: how the server ended tells why.
    /// </summary>
    /// <param name="isOneOfMany">Others will soon be sent.</param>
    /// <param name="cancellationToken">Gives up waiting; what has begun to go out goes out all the
    /// same. When the task is over, the frame is not needed any more.</param>
    public ValueTask SendAsync(
        Frame frame,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken,
        ReadOnlySpan<byte> requestId,
        bool isOneOfMany,
        CancellationToken cancellationToken
    )
    {
        Added added;
        Task room;
        lock (_lock)
        {
            added = TryAdd(frame, id, progressToken, requestId, isOneOfMany);
            room = added is Added.Not ? NextRoom() : Task.CompletedTask;
        }

        // Not under the lock: nobody shall wait for a write, and who hears that the pipe broke has
        // locks of his own.
        switch (added)
        {
            case Added.Ours:
                return WriteAsync(cancellationToken);
            case Added.Theirs:
                return default;
            case Added.ForLater:
                _handedOver = Task.Run(GatherAsync, CancellationToken.None);
                return default;
        }

        var values = new Values(id.ToArray(), progressToken.ToArray(), requestId.ToArray());
        return SendLaterAsync(frame, values, room, cancellationToken);
    }

    /// <summary>Ends the server's standard input.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _room?.TrySetResult();
        }

        stream.Dispose();
    }

    /// <summary>Completes when nothing is being written on a thread of its own.</summary>
    public Task IdleAsync() => _handedOver;

    private void Break()
    {
        if (!Volatile.Read(ref _isClosed))
        {
            Close();
            broke();
        }
    }

    // Only under the lock.
    private Added TryAdd(
        Frame frame,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken,
        ReadOnlySpan<byte> requestId,
        bool isOneOfMany
    )
    {
        if (_isClosed)
        {
            return Added.Theirs;
        }

        if (_isBusy && _filling.WrittenCount > MaxWaitingBytes)
        {
            return Added.Not;
        }

        FrameWriter.Write(_filling, frame, id, progressToken, requestId);
        _filling.Write("\n"u8);
        if (_isBusy)
        {
            return Added.Theirs;
        }

        _isBusy = true;
        if (isOneOfMany)
        {
            return Added.ForLater;
        }

        Swap();
        return Added.Ours;
    }

    private Task NextRoom()
    {
        _room ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        return _room.Task;
    }

    private async ValueTask SendLaterAsync(
        Frame frame,
        Values values,
        Task room,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            await room.WaitAsync(cancellationToken);
            lock (_lock)
            {
                var added = TryAdd(
                    frame,
                    values.Id,
                    values.ProgressToken,
                    values.RequestId,
                    isOneOfMany: false
                );
                if (added is Added.Theirs)
                {
                    return;
                }

                if (added is Added.Ours)
                {
                    break;
                }

                room = NextRoom();
            }
        }

        await WriteAsync(cancellationToken);
    }

    private ValueTask WriteAsync(CancellationToken cancellationToken)
    {
        var writing = WriteAsync();
        return writing.IsCompletedSuccessfully
            ? writing
            : new(writing.AsTask().WaitAsync(cancellationToken));
    }

    private void Swap()
    {
        (_filling, _writing) = (_writing, _filling);
        _room?.TrySetResult();
        _room = null;
    }

    // A caller writes its own frame; it does not stay to write those of all others who come after.
    private async ValueTask WriteAsync()
    {
        if (await TryWriteAsync(_writing.WrittenMemory) && HasMore())
        {
            _handedOver = Task.Run(DrainAsync);
        }
    }

    private async Task GatherAsync()
    {
        if (HasMore())
        {
            await DrainAsync();
        }
    }

    private async Task DrainAsync()
    {
        while (await TryWriteAsync(_writing.WrittenMemory) && HasMore()) { }
    }

    private bool HasMore()
    {
        lock (_lock)
        {
            _writing.ResetWrittenCount();
            if (_writing.Capacity > LargestKept)
            {
                _writing = new(4096);
            }

            if (_filling.WrittenCount == 0)
            {
                _isBusy = false;
                return false;
            }

            Swap();
            return true;
        }
    }

    private async ValueTask<bool> TryWriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await stream.WriteAsync(bytes);
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            Break();
            return false;
        }
    }

    private enum Added
    {
        /// <summary>There was no room.</summary>
        Not,

        /// <summary>For the caller to write.</summary>
        Ours,

        /// <summary>For whoever writes now.</summary>
        Theirs,

        /// <summary>For whoever is asked to write in a moment.</summary>
        ForLater,
    }

    private sealed record Values(byte[] Id, byte[] ProgressToken, byte[] RequestId);
}
