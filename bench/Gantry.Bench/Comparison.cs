using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gantry.Bench.Load;
using Gantry.Bench.Subjects;

namespace Gantry.Bench;

/// <summary>
/// The same echo server behind each gateway. A round measures every gateway once, each freshly
/// started and alone; the next round begins with another one, so that what drifts hits all alike.
/// </summary>
internal static class Comparison
{
    private static readonly ImmutableArray<Cell> s_cells =
    [
        new(1, 1),
        new(16, 1),
        new(64, 1),
        new(64, 64),
    ];

    // Both kinds of compiler behind these gateways need some thousand calls to do their best.
    private static readonly Cell s_warmUp = new(16, 1);
    private static readonly TimeSpan s_warmUpTime = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(Options options, CancellationToken cancellationToken)
    {
        var results = new List<Result>();
        for (var round = 0; round < options.Rounds; round++)
        {
            var subjects = Subjects(options);
            for (var turn = 0; turn < subjects.Length; turn++)
            {
                var subject = subjects[(round + turn) % subjects.Length];
                await MeasureAsync(subject, round, options, results, cancellationToken);
            }
        }

        Report.Write(results, Console.Out);
        return results.Any(result => result.IsBad) ? 1 : 0;
    }

    private static ImmutableArray<Subject> Subjects(Options options)
    {
        var folder = Directory.CreateTempSubdirectory("gantry-bench-").FullName;
        return
        [
            .. Subject
                .All(folder, FreePort())
                .Where(subject => options.Only.IsEmpty || options.Only.Contains(subject.Name)),
        ];
    }

    private static async Task MeasureAsync(
        Subject subject,
        int round,
        Options options,
        List<Result> results,
        CancellationToken cancellationToken
    )
    {
        Console.Error.WriteLine($"round {round + 1}: {subject.Name}");
        await using var running = await Running.StartAsync(subject, cancellationToken);
        await s_warmUp.RunAsync(subject.Target, s_warmUpTime, () => { }, cancellationToken);
        foreach (var cell in s_cells)
        {
            var memory = new Memory(0, 0);
            var score = await cell.RunAsync(
                subject.Target,
                options.Measured,
                () => memory = running.Measure(),
                cancellationToken
            );
            results.Add(new(subject.Name, cell, score, memory));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

internal sealed record Result(string Subject, Cell Cell, Score Score, Memory Memory)
{
    public bool IsBad => Score.Wrong > 0 || Score.Failure is not null;
}
