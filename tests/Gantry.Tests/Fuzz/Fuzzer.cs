using System.Globalization;
using System.Text;
using Xunit;

namespace Gantry.Fuzz;

/// <summary>
/// Makes cases of chance that can be made again: each has a number, and seed and number are all
/// that it depends on. <c>GANTRY_FUZZ=SEED</c> sets the seed and <c>GANTRY_FUZZ=SEED:CASE</c> runs
/// one case alone; <c>./test --long</c> runs twenty times as many, with a seed of its own.
/// </summary>
internal sealed record Fuzzer(int Seed, int? Only)
{
    private const int UsualSeed = 20261121;
    private const int LongFactor = 20;

    private static bool IsLong => Environment.GetEnvironmentVariable("GANTRY_LONG") == "1";

    public static Fuzzer Make()
    {
        var asked = (Environment.GetEnvironmentVariable("GANTRY_FUZZ") ?? "").Split(':');
        var usual = IsLong ? Random.Shared.Next() : UsualSeed;
        return new(Number(asked[0]) ?? usual, asked.Length > 1 ? Number(asked[1]) : null);
    }

    /// <param name="count">How many cases an ordinary run has.</param>
    /// <param name="play">Makes one and checks it, noting in the case what it is about.</param>
    public void Run(int count, Action<Case> play)
    {
        foreach (var one in Cases(count))
        {
            if (Record.Exception(() => play(one)) is { } failure)
            {
                Assert.Fail(Explain(one, failure));
            }
        }
    }

    public async Task RunAsync(int count, Func<Case, Task> play)
    {
        foreach (var one in Cases(count))
        {
            if (await Record.ExceptionAsync(() => play(one)) is { } failure)
            {
                Assert.Fail(Explain(one, failure));
            }
        }
    }

    private IEnumerable<Case> Cases(int count)
    {
        var all = IsLong ? count * LongFactor : count;
        TestContext.Current.TestOutputHelper?.WriteLine($"{all} cases of seed {Seed}");
        return (Only is { } only ? [only] : Enumerable.Range(0, all)).Select(number => new Case(
            number,
            new(Seed + number)
        ));
    }

    private string Explain(Case one, Exception failure) =>
        $"GANTRY_FUZZ={Seed}:{one.Number} runs this case alone.\n{one}\n{failure}";

    private static int? Number(string text) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>One case: its dice, and what was made with them.</summary>
internal sealed class Case(int number, Random dice)
{
    private const int MaxShown = 2_000;

    private readonly List<byte[]> _notes = [];

    public int Number => number;

    public Random Dice => dice;

    /// <summary>Keeps what a failure shall show, and gives it back.</summary>
    public byte[] Note(byte[] made)
    {
        _notes.Add(made);
        return made;
    }

    public string Note(string made)
    {
        Note(Encoding.UTF8.GetBytes(made));
        return made;
    }

    // As text to look at, and as bytes to put into a test of its own.
    public override string ToString() =>
        string.Join(
            '\n',
            _notes.Select(note =>
                $"text: {Short(Encoding.UTF8.GetString(note))}\n"
                + $"Base64: {Short(Convert.ToBase64String(note))}"
            )
        );

    private static string Short(string text) =>
        text.Length <= MaxShown ? text : $"{text[..MaxShown]}... ({text.Length} characters)";
}
