using System.Collections.Immutable;
using Gantry.Config;

namespace Gantry.Runtimes.Process;

/// <summary>A program ready to be started: everything resolved, nothing left to a shell.</summary>
internal sealed record ChildProgram(
    string File,
    string Directory,
    ImmutableArray<string> Arguments,
    ImmutableArray<string> Environment
)
{
    /// <exception cref="StartFailedException">There is no such program or directory.</exception>
    public static ChildProgram Make(ServerSpec spec, ProcessSpec process)
    {
        var environment = ChildEnvironment.Make(spec);
        if (!System.IO.Directory.Exists(process.Directory))
        {
            throw new StartFailedException(
                $"The working directory '{process.Directory}' does not exist. "
                    + "Create it, or correct 'cwd'."
            );
        }

        var path = environment.GetValueOrDefault("PATH", "");
        return new(
            FindProgram(process.Command, process.Directory, path),
            process.Directory,
            [process.Command.Value, .. process.Arguments.Select(argument => argument.Value)],
            [.. environment.Select(variable => $"{variable.Key}={variable.Value}")]
        );
    }

    private static string FindProgram(Expandable command, string directory, string path)
    {
        if (command.Value.Contains('/', StringComparison.Ordinal))
        {
            var file = Path.GetFullPath(command.Value, directory);
            return System.IO.File.Exists(file) ? file
                : System.IO.Directory.Exists(file)
                    ? throw new StartFailedException(
                        $"The command '{command}' is a directory. Name a program in it."
                    )
                : throw new StartFailedException(
                    $"The command '{command}' does not exist. Relative paths start at '{directory}'."
                );
        }

        return path.Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Path.Join(folder, command.Value))
                .FirstOrDefault(IsExecutable)
            ?? throw new StartFailedException(
                $"The command '{command}' was not found on the PATH. "
                    + "Install it, or give its full path."
            );
    }

    private static bool IsExecutable(string file)
    {
        const UnixFileMode AnyExecute =
            UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return System.IO.File.Exists(file)
            && (
                OperatingSystem.IsWindows()
                || (System.IO.File.GetUnixFileMode(file) & AnyExecute) != 0
            );
    }
}

/// <summary>The server could not be started; the message is the instance's reason.</summary>
public sealed class StartFailedException(string message) : Exception(message);
