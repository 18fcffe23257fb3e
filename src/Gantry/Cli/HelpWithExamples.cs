using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Gantry.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class ExampledCommand(string name, string description, string examples)
    : Command(name, description)
{
    public string Examples => examples;
}

/// <summary>The usual help, and below it the examples of the command that it is about.</summary>
internal sealed class HelpWithExamples(string rootExamples) : SynchronousCommandLineAction
{
    private readonly HelpAction _usual = new();

    public override int Invoke(ParseResult parseResult)
    {
        var code = _usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in Examples(parseResult.CommandResult.Command).Split('\n'))
        {
            output.WriteLine($"  {line}");
        }

        return code;
    }

    private string Examples(Command command) =>
        command is ExampledCommand exampled ? exampled.Examples : rootExamples;
}
