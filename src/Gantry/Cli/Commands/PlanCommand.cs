using System.CommandLine;
using Gantry.Admin;
using Gantry.Admin.Views;
using Gantry.Config;
using Gantry.Daemon;
using Gantry.Reconcile;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry plan</c>: what would be done, and why, without doing it.</summary>
internal static class PlanCommand
{
    public static Command Make(Shell shell)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Files and directories to plan for.",
            Arity = ArgumentArity.OneOrMore,
        };
        var options = new ConfigOptions();
        var command = new ExampledCommand(
            "plan",
            "Show what 'gantry up' with these files would do now, and why. Compares with the "
                + "running daemon if there is one.",
            "gantry plan servers/"
        )
        {
            paths,
        };
        options.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var inputs = options.Read(parsed, parsed.GetRequiredValue(paths));
                var (plan, isRunning) = await MakeAsync(shell, parsed, inputs, cancellationToken);
                Print(shell, parsed, plan, isRunning);
                return HasErrors(plan) ? ExitCode.Failed : ExitCode.Ok;
            }
        );
        return command;
    }

    private static async Task<(PlanView Plan, bool IsRunning)> MakeAsync(
        Shell shell,
        ParseResult parsed,
        ConfigInputs inputs,
        CancellationToken cancellationToken
    )
    {
        using var client = shell.Connect(parsed);
        try
        {
            var request = new PlanRequest(inputs.Paths)
            {
                EnvFiles = inputs.EnvFiles,
                SecretsDirectories = inputs.SecretsDirectories,
            };
            return (await client.PlanAsync(request, cancellationToken), true);
        }
        catch (CommandFailedException exception) when (exception.ExitCode is ExitCode.NoDaemon)
        {
            return (FromNothing(shell, shell.State(parsed), inputs), false);
        }
    }

    private static PlanView FromNothing(Shell shell, StateDirectory state, ConfigInputs inputs)
    {
        var config = new ConfigLoader(inputs, state.ExistingKey() ?? []).Load(null);
        var servers = Reconciler.PreviewFromNothing(config, shell.Terminal.Time.GetUtcNow());
        return Viewing.Of(servers, config);
    }

    private static bool HasErrors(PlanView plan) =>
        plan.Diagnostics.Any(problem => problem.Severity is "error");

    private static void Print(Shell shell, ParseResult parsed, PlanView plan, bool isRunning)
    {
        if (shell.WantsJson(parsed))
        {
            shell.PrintJson(plan, AdminJson.Indented.PlanView);
            return;
        }

        foreach (var diagnostic in plan.Diagnostics)
        {
            shell.Terminal.Error.WriteLine(Wording.Of(diagnostic));
        }

        foreach (var server in plan.Servers)
        {
            Print(shell.Terminal, server);
        }

        var against = isRunning ? "Compared with the running daemon" : "No daemon runs";
        shell.Terminal.Out.WriteLine(
            $"{against}: {Wording.Count(plan.Servers.Sum(server => server.Steps.Count), "step")} "
                + $"for {Wording.Count(plan.Servers.Count, "server")}. Nothing was done."
        );
    }

    private static void Print(Terminal terminal, PlannedServerView server)
    {
        terminal.Out.WriteLine($"{server.Name}: {server.Summary}");
        foreach (var step in server.Steps)
        {
            var colour = step.Action is "start" ? Colour.Green : Colour.Red;
            terminal.Out.WriteLine(
                $"  {terminal.Paint(step.Action, colour)} {step.Instance}: {step.Why}"
            );
        }

        if (server.Trouble is { } trouble)
        {
            terminal.Out.WriteLine($"  {terminal.Paint(trouble.Message, Colour.Yellow)}");
        }
    }
}
