using System.CommandLine;
using System.Globalization;
using Gantry.Admin;
using Gantry.Admin.Views;
using Gantry.Cli.Client;
using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry status</c>: one line per server.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    public static Command Make(Shell shell)
    {
        var watch = new Option<bool>("--watch", "-w")
        {
            Description = "Show it again each second.",
        };
        var command = new ExampledCommand(
            "status",
            "Show how the servers are.",
            "gantry status\ngantry status --watch\ngantry status --json | jq '.[] | .name, .state'"
        )
        {
            watch,
        };
        command.Aliases.Add("ps");
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(shell, parsed, parsed.GetValue(watch), cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(
        Shell shell,
        ParseResult parsed,
        bool watch,
        CancellationToken cancellationToken
    )
    {
        using var client = shell.Connect(parsed);
        var json = shell.WantsJson(parsed);
        await ShowAsync(shell, client, json, cancellationToken);
        using var timer = new PeriodicTimer(s_interval, shell.Terminal.Time);
        while (watch && await timer.WaitForNextTickAsync(cancellationToken))
        {
            Clear(shell.Terminal);
            await ShowAsync(shell, client, json, cancellationToken);
        }

        return ExitCode.Ok;
    }

    private static async Task ShowAsync(
        Shell shell,
        DaemonClient client,
        bool json,
        CancellationToken cancellationToken
    )
    {
        var servers = await client.ServersAsync(cancellationToken);
        if (json)
        {
            shell.PrintJson(servers, AdminJson.Indented.IReadOnlyListServerView);
            return;
        }

        Print(shell.Terminal, servers);
        var config = await client.ConfigAsync(cancellationToken);
        PrintProblems(shell.Terminal, config.Diagnostics);
    }

    private static void Print(Terminal terminal, IReadOnlyList<ServerView> servers)
    {
        if (servers.Count is 0)
        {
            terminal.Out.WriteLine("No servers are configured.");
            return;
        }

        var table = new Table(
            "SERVER",
            "STATE",
            "INSTANCES",
            "PID",
            "RESTARTS",
            "UPTIME",
            "REASON"
        );
        foreach (var server in servers)
        {
            table.Add(Row(server, terminal.Time.GetUtcNow()));
        }

        table.Print(terminal);
    }

    private static Cell[] Row(ServerView server, DateTimeOffset now)
    {
        var up = server.Instances.Where(instance => instance.Phase is not "exited").ToArray();
        return
        [
            server.Name,
            new(Wording.State(server.State), Wording.ColourOf(server.State)),
            Text(up.Length),
            string.Join(',', up.Select(instance => instance.ProcessId).OfType<int>()),
            Text(server.Restarts),
            up.Select(instance => instance.ReadyAt).Min() is { } ready
                ? Wording.Of(now - ready)
                : "",
            server.Reason ?? server.Port?.Problem ?? "",
        ];
    }

    private static void PrintProblems(Terminal terminal, IReadOnlyList<DiagnosticView> problems)
    {
        var errors = problems.Count(problem => problem.Severity is "error");
        if (errors > 0)
        {
            terminal.Error.WriteLine(
                $"The configuration has {Wording.Count(errors, "error")}; see 'gantry validate'."
            );
        }
    }

    private static void Clear(Terminal terminal)
    {
        if (terminal.IsInteractive)
        {
            terminal.Out.Write("\e[H\e[2J");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
