using System.Collections.Immutable;
using Gantry.EndToEnd.Harness;

namespace Gantry.EndToEnd.Matrix;

/// <summary>
/// The Inspector on the command line: one process for each method. Whether it spoke without
/// sessions shows in what only results of that era have. It lists the tools before it calls one,
/// and cannot be asked anything by a script, nor does it show progress.
/// </summary>
internal sealed class InspectorVisits(string home)
{
    public static bool Has(Cell cell) => cell.Client == Clients.Inspector;

    public async Task<ImmutableArray<Outcome>> VisitAsync(
        IEnumerable<Cell> cells,
        CancellationToken cancellationToken
    )
    {
        var outcomes = ImmutableArray.CreateBuilder<Outcome>();
        foreach (var cell in cells)
        {
            var problem = await FindProblemAsync(cell, cancellationToken);
            outcomes.Add(new(cell.Name, problem is null, problem ?? Did(cell)));
        }

        return outcomes.ToImmutable();
    }

    private static string Did(Cell cell) =>
        string.Join(' ', Steps(cell).Select(step => step.Name).Prepend(cell.Revision));

    private async Task<string?> FindProblemAsync(Cell cell, CancellationToken cancellationToken)
    {
        foreach (var step in Steps(cell))
        {
            var finished = await RunAsync(cell, step, cancellationToken);
            if (!step.IsRight(finished))
            {
                return $"{step.Name}: {finished}";
            }
        }

        return null;
    }

    private Task<Finished> RunAsync(Cell cell, Step step, CancellationToken cancellationToken)
    {
        string[] where = cell.IsStdio ? [.. cell.Column.Stdio] : [cell.Column.Url(cell.Transport)];
        var command = new Command(
            Places.Node,
            [
                Places.InModules("@modelcontextprotocol/inspector/clients/launcher/build/index.js"),
                "--cli",
                .. where,
                "--transport",
                cell.Transport,
                "--protocol-era",
                cell.Era == Eras.Pinned ? "modern" : cell.Era,
                "--format",
                "json",
                .. step.Arguments,
            ]
        )
        {
            Environment = ImmutableDictionary<string, string>.Empty.Add("HOME", home),
        };
        return command.RunAsync(cancellationToken);
    }

    // It starts anew for each, so only where requests are cheapest everything is tried.
    private static IEnumerable<Step> Steps(Cell cell)
    {
        yield return Resource(cell);
        if (!cell.Column.Stdio.IsEmpty)
        {
            yield return Text(cell);
        }

        if (cell.Transport == Transports.Http && !cell.Column.Stdio.IsEmpty)
        {
            yield return Prompt(cell);
            yield return Error(cell);
        }
    }

    private static Step Resource(Cell cell) =>
        new(
            "resource",
            ["--method", "resources/read", "--uri", Uri(cell, "test://static-text")],
            finished =>
                finished is { ExitCode: 0 }
                && finished.Output.Contains("static text resource", StringComparison.Ordinal)
                && finished.Output.Contains("cacheScope", StringComparison.Ordinal) == cell.IsModern
        );

    private static Step Text(Cell cell) =>
        new(
            "text",
            ["--method", "tools/call", "--tool-name", Named(cell, "test_simple_text")],
            finished =>
                finished is { ExitCode: 0 }
                && finished.Output.Contains("simple text response", StringComparison.Ordinal)
        );

    private static Step Prompt(Cell cell) =>
        new(
            "prompt",
            [
                "--method",
                "prompts/get",
                "--prompt-name",
                Named(cell, "test_prompt_with_arguments"),
                "--prompt-args",
                "arg1=one",
                "arg2=two",
            ],
            finished =>
                finished is { ExitCode: 0 }
                && finished.Output.Contains("arg1='one', arg2='two'", StringComparison.Ordinal)
        );

    private static Step Error(Cell cell) =>
        new(
            "errors",
            ["--method", "resources/read", "--uri", Uri(cell, "test://nothing")],
            finished =>
                finished is { ExitCode: not 0 }
                && finished.Error.Contains("not found", StringComparison.OrdinalIgnoreCase)
        );

    private static string Named(Cell cell, string name) =>
        cell.Column.Servers[^1] is { } server ? $"{server}__{name}" : name;

    private static string Uri(Cell cell, string uri) =>
        cell.Column.Servers[^1] is { } server ? $"{server}+{uri}" : uri;

    private sealed record Step(
        string Name,
        ImmutableArray<string> Arguments,
        Func<Finished, bool> IsRight
    );
}
