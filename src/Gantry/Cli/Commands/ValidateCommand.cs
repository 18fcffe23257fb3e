using System.CommandLine;
using Gantry.Admin;
using Gantry.Admin.Views;
using Gantry.Config;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry validate</c>: every problem in the configuration, with its place.</summary>
internal static class ValidateCommand
{
    public static Command Make(Shell shell)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Files and directories to read.",
            Arity = ArgumentArity.OneOrMore,
        };
        var options = new ConfigOptions();
        var command = new ExampledCommand(
            "validate",
            "Report every problem in the configuration. Exits 1 when there is an error.",
            "gantry validate servers/\ngantry validate .mcp.json --json"
        )
        {
            paths,
        };
        options.AddTo(command);
        command.SetAction(parsed =>
            Run(shell, parsed, options.Read(parsed, parsed.GetRequiredValue(paths)))
        );
        return command;
    }

    // The hashes are of no interest here, so any key does.
    private static int Run(Shell shell, ParseResult parsed, ConfigInputs inputs)
    {
        var config = new ConfigLoader(inputs, []).Load(null);
        if (shell.WantsJson(parsed))
        {
            shell.PrintJson(
                [.. config.Diagnostics.Select(Viewing.Of)],
                AdminJson.Indented.IReadOnlyListDiagnosticView
            );
        }
        else
        {
            Print(shell.Terminal, config);
        }

        return config.HasErrors ? ExitCode.Failed : ExitCode.Ok;
    }

    private static void Print(Terminal terminal, ConfigSnapshot config)
    {
        foreach (var diagnostic in config.Diagnostics)
        {
            terminal.Out.WriteLine(diagnostic.ToString());
        }

        var errors = config.Diagnostics.Count(problem => problem.Severity is Severity.Error);
        var warnings = config.Diagnostics.Length - errors;
        terminal.Out.WriteLine(
            $"{Wording.Count(config.Servers.Count, "server")}, {Wording.Count(errors, "error")}, "
                + $"{Wording.Count(warnings, "warning")}."
        );
    }
}
