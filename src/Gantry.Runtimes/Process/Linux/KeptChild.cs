using System.ComponentModel;
using System.Globalization;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>One started program, as the daemon sees it through the keeper.</summary>
internal sealed class KeptChild(KeeperClient keeper, long ticket)
{
    private readonly TaskCompletionSource<int> _started = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly TaskCompletionSource<ExitStatus> _exited = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    public long Ticket => ticket;

    /// <summary>The process id, or <see cref="StartFailedException"/>.</summary>
    public Task<int> Started => _started.Task;

    /// <summary>Why the system did not start it at all; null when it did.</summary>
    public string? NotStartedBecause { get; private set; }

    /// <summary>Completes when the program and everything that came of it is gone.</summary>
    public Task<ExitStatus> Exited => _exited.Task;

    /// <summary>Asks the whole process group to end.</summary>
    public void Terminate() => keeper.Signal(ticket, Native.SigTerminate);

    /// <summary>Ends the whole tree.</summary>
    public void Kill() => keeper.Kill(ticket);

    public void HasStarted(int processId) => _started.TrySetResult(processId);

    public void HasNotStarted(int error)
    {
        var hint = error switch
        {
            2 => " Is the program named in its first line (#!) installed?",
            8 => " Is its first line missing (#!), or is it made for another machine?",
            13 => " Is it executable?",
            _ => "",
        };
        NotStartedBecause =
            $"The system refused to start it: {new Win32Exception(error).Message}.{hint}";
        HasExited(ExitStatus.Unknown);
    }

    public void HasExited(ExitStatus status)
    {
        _started.TrySetException(
            new StartFailedException(NotStartedBecause ?? "It ended before the start was known.")
        );
        _ = _started.Task.Exception;
        _exited.TrySetResult(status);
    }
}

/// <summary>How a process ended, as wait(2) encodes it.</summary>
internal readonly record struct ExitStatus(int Value)
{
    /// <summary>The keeper died, and with it the knowledge.</summary>
    public static ExitStatus Unknown { get; } = new(-1);

    public int? Code => Value >= 0 && Signal == 0 ? (Value >> 8) & 0xff : null;

    private int Signal => Value & 0x7f;

    public override string ToString() =>
        this == Unknown ? "was ended because the keeper was killed"
        : Code is { } code ? $"exited with code {code.ToString(CultureInfo.InvariantCulture)}"
        : $"was killed by signal {Signal.ToString(CultureInfo.InvariantCulture)}{SignalName}";

    private string SignalName =>
        Signal switch
        {
            4 => " (SIGILL)",
            6 => " (SIGABRT)",
            7 => " (SIGBUS)",
            8 => " (SIGFPE)",
            9 => " (SIGKILL)",
            11 => " (SIGSEGV)",
            15 => " (SIGTERM)",
            _ => "",
        };
}
