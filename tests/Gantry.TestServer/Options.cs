using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Gantry.TestServer;

/// <summary>What the server is to be, and how it is to misbehave.</summary>
internal sealed record Options
{
    public const string Usage = """
        Usage: Gantry.TestServer [echo|conformance] [switches]
          --record FILE           every line in (>) and out (<), to FILE.PID
          --mark TEXT             does nothing; makes the process easy to find
          --ignore-eof            stays when standard input ends
          --ignore-term           ignores TERM, INT and HUP
          --grandchild            leaves a process behind: own session, two forks away, ignores TERM
          --pid-file FILE         where the grandchild appends its number
          --clean-environment     the grandchild has an empty environment
          --no-handshake          never answers initialize
          --slow-handshake MS     answers it late
          --exit-on-start CODE    ends before it reads anything
          --needs FILE            ends with code 3 unless the file is there
          --garbage-on-start      writes what is not JSON before anything else
          --hang-after CALLS      answers nothing more after that many tool calls
          --partial-line          answers a tool call with half a line, and ends
          --stderr-flood BYTES    writes that much to standard error at the start
          --split-writes          writes each byte alone
          --modern-only           speaks 2026-07-28 and nothing else
        """;

    public bool Conformance { get; private set; }

    public string? Record { get; private set; }

    public bool IgnoreEof { get; private set; }

    public bool IgnoreTerm { get; private set; }

    public bool Grandchild { get; private set; }

    public string? PidFile { get; private set; }

    public bool CleanEnvironment { get; private set; }

    public bool NoHandshake { get; private set; }

    public TimeSpan HandshakeDelay { get; private set; }

    public int? ExitOnStart { get; private set; }

    public string? Needs { get; private set; }

    public bool GarbageOnStart { get; private set; }

    public int HangAfter { get; private set; } = int.MaxValue;

    public bool PartialLine { get; private set; }

    public int StderrFlood { get; private set; }

    public bool SplitWrites { get; private set; }

    public bool ModernOnly { get; private set; }

    public static bool TryParse(
        string[] args,
        out Options options,
        [NotNullWhen(false)] out string? problem
    )
    {
        options = new();
        problem = null;
        var rest = new Queue<string>(args);
        while (problem is null && rest.TryDequeue(out var word))
        {
            problem = options.Take(word, rest);
        }

        return problem is null;
    }

    private string? Take(string word, Queue<string> rest)
    {
        if (TakeSwitch(word))
        {
            return null;
        }

        return rest.TryDequeue(out var value) && TakeValue(word, value)
            ? null
            : $"'{word}' is unknown, or its value is missing or wrong.\n{Usage}";
    }

    private bool TakeSwitch(string word) =>
        word switch
        {
            "echo" => true,
            "conformance" => Conformance = true,
            "--ignore-eof" => IgnoreEof = true,
            "--ignore-term" => IgnoreTerm = true,
            "--grandchild" => Grandchild = true,
            "--clean-environment" => CleanEnvironment = true,
            "--no-handshake" => NoHandshake = true,
            "--garbage-on-start" => GarbageOnStart = true,
            "--partial-line" => PartialLine = true,
            "--split-writes" => SplitWrites = true,
            "--modern-only" => ModernOnly = true,
            _ => false,
        };

    private bool TakeValue(string word, string value) =>
        TakeText(word, value)
        || (
            int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            && TakeNumber(word, number)
        );

    private bool TakeText(string word, string value)
    {
        switch (word)
        {
            case "--record":
                Record = value;
                return true;
            case "--mark":
                return true;
            case "--pid-file":
                PidFile = value;
                return true;
            case "--needs":
                Needs = value;
                return true;
            default:
                return false;
        }
    }

    private bool TakeNumber(string word, int number)
    {
        switch (word)
        {
            case "--slow-handshake":
                HandshakeDelay = TimeSpan.FromMilliseconds(number);
                return true;
            case "--exit-on-start":
                ExitOnStart = number;
                return true;
            case "--hang-after":
                HangAfter = number;
                return true;
            case "--stderr-flood":
                StderrFlood = number;
                return true;
            default:
                return false;
        }
    }
}
