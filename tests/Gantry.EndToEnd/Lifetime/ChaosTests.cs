using System.Globalization;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Lifetime;

/// <summary>
/// Everything goes wrong, in an order that a seed decides; in the end every server is healthy, and
/// there is exactly one process of each.
/// </summary>
[Trait("Speed", "Long")]
public sealed class ChaosTests : Scenario
{
    private const string Hello = """{"text":"hello"}""";

    private static readonly string[] s_names = ["alpha", "beta", "gamma", "delta"];

    [Theory(Timeout = 900_000)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task After_any_number_of_accidents_every_server_is_healthy(int seed)
    {
        var dice = new Random(seed);
        Array.ForEach(s_names, name => Write(Good(name)));
        await UpAsync();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var load = Task.WhenAll(s_names.Select(name => CallForeverAsync(name, enough.Token)));

        for (var round = IsLong ? 200 : 20; round > 0; round--)
        {
            await HaveAccidentAsync(dice, s_names[dice.Next(s_names.Length)]);
        }

        await enough.CancelAsync();
        await load;
        Array.ForEach(s_names, name => Write(Good(name)));
        await AllAreHealthyAsync();
        await Gantry.StopAsync(Token);
        await NothingIsLeftAsync();
    }

    private ServerFile Good(string name) => TestServer(name) with { StopTimeout = "1s" };

    private async Task HaveAccidentAsync(Random dice, string name)
    {
        switch (dice.Next(8))
        {
            case 0:
            case 1:
                KillOne(dice);
                break;
            case 2:
                await HangAsync(name);
                break;
            case 3:
                await TryCallAsync(name, "crash", "{}");
                break;
            case 4:
                await TryCallAsync(name, "noise", """{"lines":100}""");
                break;
            case 5:
                Write(Changed(name, dice));
                break;
            case 6:
                File.WriteAllText(Path.Combine(Config, $"{name}.json"), "{ broken");
                break;
            case 7:
                Remove(name);
                break;
        }

        await TryCallAsync(s_names[dice.Next(s_names.Length)], "echo", Hello);
    }

    private void KillOne(Random dice)
    {
        var strays = Strays();
        if (strays.Count > 0)
        {
            Signals.Kill(strays[dice.Next(strays.Count)].Id);
        }
    }

    // A frozen process hears neither the end of its input nor TERM.
    private async Task HangAsync(string name)
    {
        if (ProcessesOf(name) is [var row, ..])
        {
            Signals.Freeze(row.Id);
            await Gantry.RunAsync(Token, "restart", name);
        }
    }

    private ServerFile Changed(string name, Random dice)
    {
        var delay = dice.Next(1, 100).ToString(CultureInfo.InvariantCulture);
        string[][] choices =
        [
            ["--slow-handshake", delay],
            ["--garbage-on-start"],
            ["--split-writes"],
            ["--ignore-eof", "--ignore-term", "--grandchild", "--pid-file", PidFile],
            ["--exit-on-start", "3"],
            ["--hang-after", "3"],
        ];
        return TestServer(name, choices[dice.Next(choices.Length)]) with { StopTimeout = "1s" };
    }

    private async Task CallForeverAsync(string name, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await TryCallAsync(name, "echo", Hello);
        }
    }

    // While all goes wrong a call may fail in any way; it must only not last for ever.
    private async Task<bool> TryCallAsync(string name, string tool, string arguments)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            var answer = await Gantry.CallAsync(name, tool, arguments, patience.Token);
            return !answer.IsRefused;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Token.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async Task AllAreHealthyAsync()
    {
        foreach (var name in s_names)
        {
            await Eventually.GetAsync(
                $"{name} answers",
                async () => await TryCallAsync(name, "echo", Hello) ? name : null,
                TimeSpan.FromMinutes(2),
                Token
            );
        }

        await Eventually.TrueAsync(
            "there is one process of each",
            () => Strays().Count == s_names.Length,
            Token
        );
        Assert.DoesNotContain(ProcessTable.Descendants(Gantry.ProcessId), row => row.IsZombie);
    }
}
