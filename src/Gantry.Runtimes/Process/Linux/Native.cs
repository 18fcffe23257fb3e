using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>The few system calls that .NET has no class for, with their Linux constants.</summary>
internal static unsafe partial class Native
{
    public const int SigHangup = 1;
    public const int SigInterrupt = 2;
    public const int SigKill = 9;
    public const int SigTerminate = 15;
    public const int SigChild = 17;

    public const int ErrorInterrupted = 4;
    public const int ErrorTryAgain = 11;

    private const int CloseOnExec = 0x80000;
    private const int SetDescriptorFlags = 2;
    private const int DescriptorCloseOnExec = 1;
    private const int AddressFamilyUnix = 1;
    private const int SocketTypeStream = 1;
    private const int PrctlSetChildSubreaper = 36;
    private const int OptionSocket = 1;
    private const int ControlRights = 1;
    private const int MessageNoSignal = 0x4000;
    private const int MessageCloseOnExec = 0x40000000;
    private const short PollOut = 4;
    private const nint SignalIgnore = 1;
    private const int MaxDescriptors = 3;

    // Room for three descriptors: a header of 16 bytes and 12 bytes, rounded up to 8.
    private const int ControlBytes = 32;
    private const int ControlHeaderBytes = 16;

    /// <summary>Leaves the session and the process group of whoever started this program.</summary>
    public static void BeginSession() => Check(SetSessionCall(), "setsid");

    /// <summary>From now on no child inherits a descriptor that is open now, but standard ones.</summary>
    public static void KeepDescriptorsFromChildren()
    {
        const int FirstOwn = 3;
        foreach (var entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(entry), out var descriptor) && descriptor >= FirstOwn)
            {
                _ = ControlCall(descriptor, SetDescriptorFlags, DescriptorCloseOnExec);
            }
        }
    }

    public static (int One, int Other) SocketPair()
    {
        var ends = stackalloc int[2];
        Check(
            SocketPairCall(AddressFamilyUnix, SocketTypeStream | CloseOnExec, 0, ends),
            "socketpair"
        );
        return (ends[0], ends[1]);
    }

    /// <summary>From now on this process inherits what its descendants leave behind.</summary>
    public static void BecomeSubreaper() =>
        Check(PrctlCall(PrctlSetChildSubreaper, 1, 0, 0, 0), "prctl");

    public static void Ignore(int signal) => SignalCall(signal, SignalIgnore);

    public static void RestoreDefault(int signal) => SignalCall(signal, 0);

    public static void Close(int descriptor) => CloseCall(descriptor);

    public static int OwnProcessId() => GetProcessIdCall();

    /// <summary>Signals a process, or with a negative number a whole group. Gone is fine.</summary>
    public static void Kill(int processId, int signal) => KillCall(processId, signal);

    /// <summary>
    /// Waits for any child to end, and takes it off the process table. Zero when there is none.
    /// </summary>
    public static int WaitForAnyChild(out int status)
    {
        while (true)
        {
            var processId = WaitCall(-1, out status, 0);
            if (processId > 0)
            {
                return processId;
            }

            if (Marshal.GetLastPInvokeError() is not ErrorInterrupted)
            {
                return 0;
            }
        }
    }

    /// <summary>Waits for this child to end, and takes it off the process table.</summary>
    public static void WaitForChild(int processId)
    {
        while (
            WaitCall(processId, out _, 0) < 0 && Marshal.GetLastPInvokeError() is ErrorInterrupted
        ) { }
    }

    /// <summary>Sends all bytes, the descriptors along with the first of them.</summary>
    /// <returns>False when the other side is gone.</returns>
    public static bool Send(int socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors)
    {
        while (!bytes.IsEmpty)
        {
            var sent = SendOnce(socket, bytes, descriptors);
            if (sent > 0)
            {
                bytes = bytes[(int)sent..];
                descriptors = default;
            }
            else if (!MayRetry(socket))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Fills the buffer, and takes the descriptors that came along.</summary>
    /// <returns>False when the other side is gone.</returns>
    public static bool Receive(int socket, Span<byte> bytes, Span<int> descriptors, out int count)
    {
        count = 0;
        while (!bytes.IsEmpty)
        {
            var received = ReceiveOnce(socket, bytes, descriptors, ref count);
            if (received > 0)
            {
                bytes = bytes[(int)received..];
            }
            else if (received == 0 || Marshal.GetLastPInvokeError() is not ErrorInterrupted)
            {
                return false;
            }
        }

        return true;
    }

    private static nint SendOnce(
        int socket,
        ReadOnlySpan<byte> bytes,
        ReadOnlySpan<int> descriptors
    )
    {
        var control = stackalloc byte[ControlBytes];
        fixed (byte* start = bytes)
        {
            var part = new Part { Start = start, Length = (nuint)bytes.Length };
            var message = new Message { Parts = &part, PartCount = 1 };
            if (!descriptors.IsEmpty)
            {
                message.Control = control;
                message.ControlLength = WriteRights(control, descriptors);
            }

            return SendMessageCall(socket, &message, MessageNoSignal);
        }
    }

    private static nuint WriteRights(byte* control, ReadOnlySpan<int> descriptors)
    {
        var length = ControlHeaderBytes + (descriptors.Length * sizeof(int));
        *(nuint*)control = (nuint)length;
        *(int*)(control + 8) = OptionSocket;
        *(int*)(control + 12) = ControlRights;
        descriptors.CopyTo(new Span<int>(control + ControlHeaderBytes, MaxDescriptors));
        return (nuint)((length + 7) & ~7);
    }

    private static nint ReceiveOnce(
        int socket,
        Span<byte> bytes,
        Span<int> descriptors,
        ref int count
    )
    {
        var control = stackalloc byte[ControlBytes];
        fixed (byte* start = bytes)
        {
            var part = new Part { Start = start, Length = (nuint)bytes.Length };
            var message = new Message
            {
                Parts = &part,
                PartCount = 1,
                Control = control,
                ControlLength = ControlBytes,
            };
            var received = ReceiveMessageCall(socket, &message, MessageCloseOnExec);
            if (received > 0 && message.ControlLength > ControlHeaderBytes)
            {
                count = (int)(*(nuint*)control - ControlHeaderBytes) / sizeof(int);
                new ReadOnlySpan<int>(control + ControlHeaderBytes, count).CopyTo(descriptors);
            }

            return received;
        }
    }

    private static bool MayRetry(int socket)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error is ErrorInterrupted)
        {
            return true;
        }

        if (error is not ErrorTryAgain)
        {
            return false;
        }

        var poll = new Poll { Descriptor = socket, Events = PollOut };
        return PollCall(&poll, 1, -1) >= 0;
    }

    private static void Check(int result, string call)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call} failed");
        }
    }

    private struct Part
    {
        public byte* Start;
        public nuint Length;
    }

    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public Part* Parts;
        public nuint PartCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPairCall(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int PrctlCall(int option, nint one, nint two, nint three, nint four);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial void SignalCall(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial void CloseCall(int descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlCall(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    private static partial int SetSessionCall();

    [LibraryImport("libc", EntryPoint = "getpid")]
    private static partial int GetProcessIdCall();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial void KillCall(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitCall(int processId, out int status, int options);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessageCall(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessageCall(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int PollCall(Poll* polls, nuint count, int milliseconds);
}
