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
    private const int Attempts = 6;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    // The little that is always taken does not make it begin again.
    private const double Enough = 1.1;

    private static readonly Cell s_warmUp = new(16, 1);

    public static async Task<int> RunAsync(Options options, CancellationToken cancellationToken)
    {
        var results = new List<Result>();
        try
        {
            await MeasureAsync(options, results, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What was measured until then is worth a look all the same.
        }

        Report.Write(results, Console.Out);
        return cancellationToken.IsCancellationRequested || results.Any(result => result.IsBad)
            ? 1
            : 0;
    }

    private static async Task MeasureAsync(
        Options options,
        List<Result> results,
        CancellationToken cancellationToken
    )
    {
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var turn = 0; turn < options.Only.Length; turn++)
            {
                var name = options.Only[(round + turn) % options.Only.Length];
                await MeasureAsync(name, round, options, results, cancellationToken);
            }
        }
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
            await WarmUpAsync(target, options.WarmUp / targets.Count, running, cancellationToken);
        }

        foreach (var trial in subject.Trials)
        {
            var score = await MeasureAsync(trial, options, running, cancellationToken);
            results.Add(new(round, subject.Name, trial, score));
        }
    }

    // A second of which the host takes half warms up as much as half a second.
    private static async Task WarmUpAsync(
        Target target,
        TimeSpan time,
        Running running,
        CancellationToken cancellationToken
    )
    {
        var cell = target.Question == Question.Echo ? s_warmUp : new Cell(1, 1);
        var had = TimeSpan.Zero;
        for (var attempt = 0; attempt < Attempts && had < time; attempt++)
        {
            var score = await cell.RunAsync(target, time - had, running, cancellationToken);
            had += (time - had) * (1 - score.Stolen) * Enough;
        }
    }

    private static async Task<Score> MeasureAsync(
        Trial trial,
        Options options,
        Running running,
        CancellationToken cancellationToken
    )
    {
        var scores = new List<Score>();
        while (scores.Count < Attempts)
        {
            var score = await trial.Cell.RunAsync(
                trial.Target,
                options.Measured,
                running,
                cancellationToken
            );
            scores.Add(score);
            if (score.Stolen <= options.MostStolen)
            {
                break;
            }

            await Task.Delay(s_pause, TimeProvider.System, cancellationToken);
        }

        // Wrong answers count wherever they came.
        var best = scores.MinBy(score => score.Stolen) ?? scores[^1];
        return best with
        {
            Wrong = scores.Sum(score => score.Wrong),
            Failure = scores
                .Select(score => score.Failure)
                .FirstOrDefault(said => said is not null),
        };
    }
}

internal sealed record Result(int Round, string Subject, Trial Trial, Score Score)
{
    public bool IsBad => Score.Wrong > 0 || Score.Failure is not null;
}
