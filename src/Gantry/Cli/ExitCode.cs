namespace Gantry.Cli;

/// <summary>What the command tells the shell. Documented in the help; scripts rely on it.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>It failed: not valid, an error from the server, a tool's isError.</summary>
    public const int Failed = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>It takes a running daemon, and there is none.</summary>
    public const int NoDaemon = 3;

    /// <summary>Ended by Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}

/// <summary>A command cannot go on, for a reason that its user should read.</summary>
internal sealed class CommandFailedException(string message, int exitCode = ExitCode.Failed)
    : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
