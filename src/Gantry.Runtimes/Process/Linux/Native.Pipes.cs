using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gantry.Runtimes.Process.Linux;

// Pipes, and how to wait for one.
internal static unsafe partial class Native
{
    private const int SetPipeSizeCommand = 1031;
    private const short PollIn = 1;

    /// <summary>A pipe whose ends no child inherits unless it is given them.</summary>
    public static (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        Check(PipeCall(ends, CloseOnExec), "pipe2");
        return (ends[0], ends[1]);
    }

    /// <returns>Whether the system allows it.</returns>
    public static bool SetPipeSize(SafePipeHandle pipe, int bytes) =>
        ControlCall(pipe, SetPipeSizeCommand, bytes) >= 0;

    /// <summary>Something that threads can wait for, and that stays raised.</summary>
    public static SafeFileHandle NewEvent()
    {
        var descriptor = EventCall(0, CloseOnExec);
        Check(descriptor, "eventfd");
        return new(descriptor, ownsHandle: true);
    }

    public static void Raise(SafeFileHandle handle)
    {
        var one = 1UL;
        _ = WriteCall(handle, &one, sizeof(ulong));
    }

    /// <summary>Blocks until the pipe has bytes or ends, or the event is raised.</summary>
    /// <returns>False when the event is raised.</returns>
    public static bool WaitForInput(SafePipeHandle pipe, SafeFileHandle unless)
    {
        var polls = stackalloc Poll[2];
        polls[0] = new() { Descriptor = (int)pipe.DangerousGetHandle(), Events = PollIn };
        polls[1] = new() { Descriptor = (int)unless.DangerousGetHandle(), Events = PollIn };
        while (PollCall(polls, 2, -1) < 0)
        {
            if (Marshal.GetLastPInvokeError() is not ErrorInterrupted)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError(), "poll failed");
            }
        }

        return polls[1].Returned == 0;
    }

    private struct Poll
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int PipeCall(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlCall(SafePipeHandle pipe, int command, int argument);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventCall(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteCall(SafeFileHandle file, void* bytes, nuint count);
}
