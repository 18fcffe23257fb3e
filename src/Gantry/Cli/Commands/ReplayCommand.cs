using System.CommandLine;
using Gantry.Cli.Client;
using Gantry.Cli.Tracing;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry replay</c>: what a recording got as answers, compared with what comes now.
/// </summary>
internal static class ReplayCommand
{
    public static Command Make(Shell shell)
    {
        var words = new ReplayWords();
        var options = new TargetOptions();
        var command = new ExampledCommand(
            "replay",
            "Send the requests of a recording again, tool calls too, and show which answers differ. "
                + "Exits 1 when one does or could not be had.",
            """
            gantry replay files.trace --dry-run
            gantry replay files.trace --only 'tools/list' --only 'resources/*'
            gantry replay files.trace --against files-next --ignore 'result.serverInfo.version'
            gantry replay files.trace --config examples/quickstart
            """
        )
        {
            words.File,
            words.Against,
            words.Only,
            words.Ignore,
            words.DryRun,
        };
        options.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var recording = Recording.Read(parsed.GetRequiredValue(words.File));
                var plan = ReplayPlan.Make(recording, words.Filter(parsed));
                Warn(shell.Terminal, recording);
                if (parsed.GetValue(words.DryRun))
                {
                    Announce(shell.Terminal, plan);
                    return ExitCode.Ok;
                }

                var server = parsed.GetValue(words.Against) ?? recording.Server;
                var comparison = words.Comparison(parsed);
                await using var target = await Target.OpenAsync(
                    shell,
                    parsed,
                    options,
                    server,
                    cancellationToken
                );
                await using var replay = new Replay(target.Client, server, plan, comparison);
                return await RunAsync(shell, parsed, plan, replay, cancellationToken);
            }
        );
        return command;
    }

    private static void Warn(Terminal terminal, Recording recording)
    {
        if (recording.Entries.Sum(entry => entry.Lost) is > 0 and var lost)
        {
            terminal.Error.WriteLine(
                $"{Wording.Count((int)lost, "frame")} passed too quickly to be recorded; what they "
                    + "asked is not sent again."
            );
        }
    }

    private static void Announce(Terminal terminal, ReplayPlan plan)
    {
        var printer = new ReplayPrinter(terminal);
        foreach (var step in plan.Steps.Where(step => step.IsWanted))
        {
            printer.Announce(step);
        }
    }

    private static async Task<int> RunAsync(
        Shell shell,
        ParseResult parsed,
        ReplayPlan plan,
        Replay replay,
        CancellationToken cancellationToken
    )
    {
        var printer = new ReplayPrinter(shell.Terminal);
        var isJson = shell.WantsJson(parsed);
        var outcomes = new List<ReplayOutcome>();
        foreach (var step in plan.Steps.Where(step => step.IsWanted))
        {
            var outcome = await replay.RunAsync(step, cancellationToken);
            outcomes.Add(outcome);
            if (!isJson)
            {
                printer.Print(outcome);
            }
        }

        if (isJson)
        {
            printer.PrintJson(outcomes);
        }
        else
        {
            printer.PrintSum(outcomes);
        }

        return outcomes.All(outcome => outcome.IsGood) ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>What stands behind <c>gantry replay</c>.</summary>
    private sealed class ReplayWords
    {
        public Argument<string> File { get; } =
            new("FILE") { Description = "A recording of 'gantry trace SERVER --record FILE'." };

        public Option<string?> Against { get; } =
            new("--against")
            {
                Description = "The server to send them to; otherwise the recorded one.",
                HelpName = "SERVER",
            };

        public Option<string[]> Only { get; } =
            new("--only")
            {
                Description =
                    "Send only these methods, such as 'tools/list' or 'resources/*'. May be "
                    + "repeated.",
                HelpName = "METHOD",
            };

        public Option<string[]> Ignore { get; } =
            new("--ignore")
            {
                Description =
                    "What may differ in an answer, such as 'result.content[*].text'. May be "
                    + "repeated.",
                HelpName = "PATH",
            };

        public Option<bool> DryRun { get; } =
            new("--dry-run") { Description = "Send nothing; say what would be sent." };

        public MethodFilter Filter(ParseResult parsed) => new(parsed.GetValue(Only) ?? []);

        public Comparison Comparison(ParseResult parsed)
        {
            try
            {
                return new([.. (parsed.GetValue(Ignore) ?? []).Select(JsonPath.Parse)]);
            }
            catch (FormatException exception)
            {
                throw new CommandFailedException(exception.Message, ExitCode.Usage);
            }
        }
    }
}
