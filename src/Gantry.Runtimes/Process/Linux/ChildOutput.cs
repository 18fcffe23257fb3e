using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>
/// The pipe that a child's messages come out of. Reading blocks its thread, also where the method's
/// name promises otherwise, and ends when it is cancelled: whoever reads has a thread for it.
/// </summary>
/// <remarks>
/// The system wakes that thread with the bytes. A pool would wake two, one to see that there are
/// some and another to read them, which is a good part of what an answer takes.
/// </remarks>
internal sealed class ChildOutput : PipeStream
{
    // Of 64 KiB at first. What all pipes of a user may hold is limited too (pipe(7)), so only those
    // that need it are given more.
    private const int WideBytes = 512 * 1024;

    private readonly SafeFileHandle _cancelled;

    /// <param name="cancelled">An event that nobody else raises.</param>
    public ChildOutput(SafePipeHandle pipe, SafeFileHandle cancelled)
        : base(PipeDirection.In, bufferSize: 0)
    {
        _cancelled = cancelled;
        InitializeHandle(pipe, isExposed: false, isAsync: false);
        IsConnected = true;
    }

    /// <summary>Reads on a thread of its own until the task that this begins has ended.</summary>
    public static Task OnOwnThreadAsync(Func<Task> reading) =>
        Task
            .Factory.StartNew(
                reading,
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            )
            .Unwrap();

    public override ValueTask<int> ReadAsync(
        Memory<byte> buffer,
        CancellationToken cancellationToken
    )
    {
        using var registration = cancellationToken.UnsafeRegister(
            static output => (output as ChildOutput)?.Cancel(),
            this
        );
        return Native.WaitForInput(SafePipeHandle, _cancelled)
            ? new(Read(buffer.Span))
            : ValueTask.FromCanceled<int>(cancellationToken);
    }

    /// <summary>Lets the child write more at a time than pipes hold otherwise. Where the system
    /// refuses, nothing changes.</summary>
    public void Widen() => Native.SetPipeSize(SafePipeHandle, WideBytes);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _cancelled.Dispose();
    }

    private void Cancel() => Native.Raise(_cancelled);
}
