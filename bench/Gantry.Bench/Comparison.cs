using Gantry.Bench.Load;
using Gantry.Bench.Reporting;
using Gantry.Bench.Subjects;

namespace Gantry.Bench;

/// <summary>
/// The same work for each subject. A round measures every subject once, each freshly started and
/// alone; the next round begins with another one, so that what drifts hits all alike.
/// </summary>
internal static class Comparison
{
    private static readonly Cell s_warmUp = new(16, 1);

    public static async Task<int> RunAsync(Options options, CancellationToken cancellationToken)
    {
        var results = new List<Result>();
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var turn = 0; turn < options.Only.Length; turn++)
            {
                var name = options.Only[(round + turn) % options.Only.Length];
                await MeasureAsync(name, round, options, results, cancellationToken);
            }
        }

        Report.Write(results, Console.Out);
        return results.Any(result => result.IsBad) ? 1 : 0;
    }

    private static async Task MeasureAsync(
        string name,
        int round,
        Options options,
        List<Result> results,
        CancellationToken cancellationToken
    )
    {
        var folder = Directory.CreateTempSubdirectory("gantry-bench-");
        try
        {
            if (await new Lineup(folder.FullName).MakeAsync(name, cancellationToken) is { } subject)
            {
                Console.Error.WriteLine($"round {round + 1}: {name}");
                await MeasureAsync(
                    subject.Only(options.Trials),
                    round,
                    options,
                    results,
                    cancellationToken
                );
            }
            else
            {
                Console.Error.WriteLine($"round {round + 1}: {name} is not installed");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(
        Subject subject,
        int round,
        Options options,
        List<Result> results,
        CancellationToken cancellationToken
    )
    {
        await using var running = await Running.StartAsync(subject, cancellationToken);
        var targets = subject.Trials.Select(trial => trial.Target).Distinct().ToList();
        foreach (var target in targets)
        {
            var most = target.Question == Question.Echo ? s_warmUp : new Cell(1, 1);
            await most.RunAsync(target, options.WarmUp / targets.Count, running, cancellationToken);
        }

        foreach (var trial in subject.Trials)
        {
            var score = await trial.Cell.RunAsync(
                trial.Target,
                options.Measured,
                running,
                cancellationToken
            );
            results.Add(new(round, subject.Name, trial, score));
        }
    }
}

internal sealed record Result(int Round, string Subject, Trial Trial, Score Score)
{
    public bool IsBad => Score.Wrong > 0 || Score.Failure is not null;
}
