using System.CommandLine;
using Gantry.Admin;
using Gantry.Admin.Views;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry start</c>, <c>stop</c> and <c>restart</c>: the operator's word.</summary>
internal static class OperatorCommands
{
    public static IEnumerable<Command> Make(Shell shell) =>
        [
            Make(shell, "start", "Start a server, and let it run as configured.", "is to start"),
            Make(shell, "stop", "Stop a server until it is started again.", "is to stop"),
            Make(
                shell,
                "restart",
                "Start a server afresh and forgive its crashes.",
                "is to restart"
            ),
        ];

    private static ExampledCommand Make(Shell shell, string word, string what, string said)
    {
        var server = new Argument<string>("SERVER") { Description = "The server's name." };
        var command = new ExampledCommand(word, what, $"gantry {word} files") { server };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = shell.Connect(parsed);
                var name = parsed.GetRequiredValue(server);
                var view = await client.TellAsync(name, word, cancellationToken);
                Print(shell, parsed, view, said);
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static void Print(Shell shell, ParseResult parsed, ServerView view, string said)
    {
        if (shell.WantsJson(parsed))
        {
            shell.PrintJson(view, AdminJson.Indented.ServerView);
        }
        else
        {
            shell.Terminal.Out.WriteLine($"{view.Name} {said}. See 'gantry status'.");
        }
    }
}
