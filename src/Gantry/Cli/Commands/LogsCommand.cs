using System.CommandLine;
using System.Text.Json;
using Gantry.Admin;
using Gantry.Admin.Views;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry logs</c>: what the servers wrote.</summary>
internal static class LogsCommand
{
    private const int DefaultTail = 100;

    public static Command Make(Shell shell)
    {
        var server = new Argument<string?>("SERVER")
        {
            Description = "Only this server; otherwise all of them.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what comes." };
        var tail = new Option<int>("--tail", "-n")
        {
            Description = "How many of the latest lines to show first.",
            DefaultValueFactory = _ => DefaultTail,
            HelpName = "N",
        };
        tail.Validators.Add(result =>
        {
            if (result.GetValue(tail) < 0)
            {
                result.AddError("--tail takes a number of lines, 0 or more.");
            }
        });
        var command = new ExampledCommand(
            "logs",
            "Show what the servers wrote to their standard error.",
            "gantry logs\ngantry logs files -f --tail 20"
        )
        {
            server,
            follow,
            tail,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = shell.Connect(parsed);
                var lines = client.LogsAsync(
                    parsed.GetValue(server),
                    parsed.GetValue(tail),
                    parsed.GetValue(follow),
                    cancellationToken
                );
                await PrintAsync(shell, parsed, lines, cancellationToken);
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static async Task PrintAsync(
        Shell shell,
        ParseResult parsed,
        IAsyncEnumerable<LogView> lines,
        CancellationToken cancellationToken
    )
    {
        var json = shell.WantsJson(parsed);
        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            shell.Terminal.Out.WriteLine(
                json ? JsonSerializer.Serialize(line, AdminJson.Wire.LogView) : Text(shell, line)
            );
        }
    }

    private static string Text(Shell shell, LogView line) =>
        shell.Terminal.Paint(shell.Terminal.Clock(line.At), Colour.Grey)
        + " "
        + shell.Terminal.Paint(line.Server, Colour.Cyan)
        + $" | {line.Text}";
}
