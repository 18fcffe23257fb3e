using Gantry.Daemon;
using Gantry.Runtimes.Process;
using Gantry.Storage;

namespace Gantry.Cli;

/// <summary>What a daemon does differently that nobody watches.</summary>
internal static class Background
{
    private const long MaxLogBytes = 1024 * 1024;

    /// <summary>
    /// Cuts the ties to whoever started this program, and writes to a file in the state directory
    /// from now on.
    /// </summary>
    public static Terminal Enter(Terminal terminal, StateDirectory state)
    {
        Detachment.Begin();
        state.Create();
        var log = new StreamWriter(OpenLog(state.LogFile)) { AutoFlush = true };
        return terminal with { Out = log, Error = log, HasColours = false, IsInteractive = false };
    }

    // A log that has grown long begins anew: it is there to say what went wrong lately.
    private static FileStream OpenLog(string file)
    {
        var isLong = File.Exists(file) && new FileInfo(file).Length > MaxLogBytes;
        var log = PrivateFile.Open(file, isLong ? FileMode.Create : FileMode.OpenOrCreate);
        log.Seek(0, SeekOrigin.End);
        return log;
    }
}
