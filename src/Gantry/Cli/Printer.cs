using System.Collections.Immutable;
using System.Globalization;
using Gantry.Config;
using Gantry.Reconcile;
using Gantry.Runtimes;

namespace Gantry.Cli;

/// <summary>What a daemon in the foreground tells its operator.</summary>
internal sealed class Printer(Terminal terminal, string url)
{
    /// <summary>The table of what is configured, and below it what is wrong with it.</summary>
    /// <param name="greeting">What to say instead; null for the table.</param>
    /// <param name="addresses">Where clients connect.</param>
    public void Start(ConfigSnapshot config, string? greeting, IReadOnlyList<string> addresses)
    {
        if (greeting is not null)
        {
            terminal.Out.WriteLine(greeting);
            return;
        }

        var where = addresses is []
            ? "for 'gantry' commands only"
            : $"at {string.Join(", ", addresses)}";
        terminal.Out.WriteLine($"Gantry {ProductVersion.Text} {where}");
        var table = new Table("SERVER", "START", "URL", "SOURCE");
        foreach (var server in config.Servers.Values)
        {
            table.Add(
                new(server.Name.ToString(), Colour.Cyan),
                server.Spec.Start is StartMode.Eager ? "eager" : "on demand",
                $"{url}/mcp/{server.Name}",
                new(Source(server.Spec.Place), Colour.Grey)
            );
        }

        table.Print(terminal);
    }

    public void Ready(TimeSpan took)
    {
        var seconds = took.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture);
        terminal.Out.WriteLine($"Ready after {seconds} s. Ctrl-C stops everything.");
    }

    public void Draining(BoardSnapshot board)
    {
        var alive = board.Servers.Values.SelectMany(server => server.Instances).Count(IsAlive);
        terminal.Out.WriteLine(
            $"Stopping {Wording.Count(alive, "instance")}; calls in flight may finish. Press "
                + "Ctrl-C again to stop at once."
        );
    }

    public void Stopped(bool wasForced) =>
        terminal.Out.WriteLine(wasForced ? "Stopped at once." : "Stopped.");

    /// <summary>A line per event.</summary>
    public async Task FollowAsync(Feed<Event> events, CancellationToken cancellationToken)
    {
        await foreach (var happened in events.FollowAsync(int.MaxValue, cancellationToken))
        {
            Print(happened);
        }
    }

    /// <summary>The problems of each new configuration, on the error output.</summary>
    public async Task FollowProblemsAsync(Board board, CancellationToken cancellationToken)
    {
        ImmutableArray<Diagnostic> told = [];
        for (var current = board.Current; ; )
        {
            var problems = current.Config.Diagnostics;
            if (!problems.SequenceEqual(told))
            {
                Print(problems.Except(told));
                told = problems;
            }

            current = await board.AfterAsync(current.Version, cancellationToken);
        }
    }

    private void Print(IEnumerable<Diagnostic> problems)
    {
        foreach (var problem in problems)
        {
            terminal.Error.WriteLine(problem.ToString());
        }
    }

    private void Print(Event happened)
    {
        var server = happened.Server is { } name
            ? terminal.Paint(name.ToString(), Colour.Cyan) + ": "
            : "";
        var clock = terminal.Paint(terminal.Clock(happened.At), Colour.Grey);
        terminal.Out.WriteLine(
            $"{clock} {server}{terminal.Paint(happened.Message, ColourOf(happened.Kind))}"
        );
    }

    private static Colour ColourOf(string kind) =>
        kind switch
        {
            "ready" => Colour.Green,
            "exit" or "kill" => Colour.Yellow,
            "crash-loop" => Colour.Red,
            _ => Colour.None,
        };

    private static bool IsAlive(Instance instance) => instance.IsAlive;

    // Relative to where the operator stands, when it lies below.
    private static string Source(Place place)
    {
        var near = Path.GetRelativePath(Environment.CurrentDirectory, place.File);
        var file = near.StartsWith("..", StringComparison.Ordinal) ? place.File : near;
        return string.Create(CultureInfo.InvariantCulture, $"{file}:{place.Line}");
    }
}
