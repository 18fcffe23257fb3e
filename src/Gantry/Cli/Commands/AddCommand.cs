using System.CommandLine;
using Gantry.Config;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry add</c>: writes the file for one more server from npm.</summary>
internal static class AddCommand
{
    private const string DefaultDirectory = "mcp-config/executor";

    public static Command Make(Shell shell)
    {
        var name = new Argument<string>("NAME") { Description = "The new server's name." };
        var package = new Argument<string>("PACKAGE")
        {
            Description = "Its npm package, with a version or without.",
        };
        var port = new Option<int?>("--port")
        {
            Description = "Its own port. Default: the next free one of 3001-3010.",
            HelpName = "N",
        };
        var directory = new Option<string>("--dir")
        {
            Description = "Where to write the file.",
            HelpName = "DIR",
            DefaultValueFactory = _ => DefaultDirectory,
        };
        var command = new ExampledCommand(
            "add",
            "Write an executor file that runs an npm package with npx. Whoever may write such a "
                + "file may run any program: look at the package first.",
            "gantry add everything @modelcontextprotocol/server-everything@2026.8.31 --port 3002"
        )
        {
            name,
            package,
            port,
            directory,
        };
        command.SetAction(parsed =>
            Run(
                shell,
                parsed,
                new(parsed.GetRequiredValue(directory)),
                new(
                    ParseName(parsed.GetRequiredValue(name)),
                    parsed.GetRequiredValue(package),
                    parsed.GetValue(port)
                )
            )
        );
        return command;
    }

    private static int Run(
        Shell shell,
        ParseResult parsed,
        ExecutorDirectory directory,
        NewServer server
    )
    {
        var file = directory.Add(server, shell.Terminal.Time);
        if (shell.WantsJson(parsed))
        {
            shell.Terminal.Out.Write(File.ReadAllText(file));
        }
        else
        {
            shell.Terminal.Out.WriteLine(
                $"Wrote {file}. Run it with 'gantry up {directory.Path}'."
            );
        }

        return Report(shell.Terminal, file);
    }

    private static int Report(Terminal terminal, string file)
    {
        var config = new ConfigLoader(new([Path.GetFullPath(file)]), []).Load(null);
        foreach (var diagnostic in config.Diagnostics)
        {
            terminal.Error.WriteLine(diagnostic.ToString());
        }

        return config.HasErrors ? ExitCode.Failed : ExitCode.Ok;
    }

    private static ServerName ParseName(string text) =>
        ServerName.TryParse(text, out var name)
            ? name
            : throw new CommandFailedException(
                $"'{text}' is not a server name. Use a-z, 0-9 and '-', at most 63.",
                ExitCode.Usage
            );
}
