using System.CommandLine;
using Gantry.Config;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry schema</c>: the JSON Schema of gantry.yaml, for editors.</summary>
internal static class SchemaCommand
{
    public static Command Make(Shell shell)
    {
        var command = new ExampledCommand(
            "schema",
            "Print the JSON Schema of gantry.yaml.",
            "gantry schema > gantry.schema.json"
        );
        command.SetAction(_ =>
        {
            shell.Terminal.Out.WriteLine(ConfigSchema.Generate().TrimEnd());
            return ExitCode.Ok;
        });
        return command;
    }
}
