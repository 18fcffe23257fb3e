using Gantry.Runtimes.Process.Linux;

namespace Gantry.Runtimes.Process;

/// <summary>For a program that outlives the one that started it.</summary>
public static class Detachment
{
    /// <summary>
    /// Leaves the terminal, the session and the process group, so that what ends those does not end
    /// this program.
    /// </summary>
    public static void Begin()
    {
        if (OperatingSystem.IsLinux())
        {
            Native.BeginSession();
        }
    }
}
