using System.Runtime.InteropServices;

namespace Gantry.EndToEnd.Harness;

/// <summary>Sends signals to single processes.</summary>
internal static partial class Signals
{
    private const int Int = 2;
    private const int KillNumber = 9;
    private const int Stop = 19;

    public static void Interrupt(int processId) => Send(processId, Int);

    public static void Kill(int processId) => Send(processId, KillNumber);

    /// <summary>Makes it hang: it lives, and does nothing.</summary>
    public static void Freeze(int processId) => Send(processId, Stop);

    private static void Send(int processId, int signal)
    {
        // Zero and below would reach whole groups.
        ArgumentOutOfRangeException.ThrowIfLessThan(processId, 2);
        _ = SendSignal(processId, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
