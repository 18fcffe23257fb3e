using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Cli;

/// <summary>Looking at what passes, keeping it, and playing it again, with a real server.</summary>
public sealed class TraceTests : Scenario
{
    // What the daemon's secret variable holds; the server gets it, and nobody may see it.
    private const string Canary = "not for servers";

    private string RecordFile => Path.Combine(Home, "everything.trace");

    [Fact(Timeout = 120_000)]
    public async Task A_call_is_seen_on_both_faces_without_secrets()
    {
        Write(Everything("plain"));
        await UpAsync();
        await using var trace = await Tracer.StartAsync(Home);

        await CallAsync("get-sum", """{"a":2,"b":3}""");
        await CallAsync("get-env", "{}");
        await CallAsync("echo", """{"message":"Bearer abcdef-123456"}""");
        await trace.SeesAsync("Echo: Bearer");
        var ended = await trace.EndAsync();

        Assert.Equal(0, ended);
        var calls = trace.Lines.Where(line => line.Contains("get-sum\"")).ToList();
        Assert.Contains(calls, line => line.Contains(" client -> "));
        Assert.Contains(calls, line => line.Contains(" server -> everything-"));
        Assert.Contains(trace.Lines, line => line.Contains(" server <- ") && HasTime(line));
        Assert.Contains(trace.Lines, line => line.Contains("Echo: Bearer ***"));
        Assert.DoesNotContain(Canary, trace.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef-123456", trace.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[", trace.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_recording_is_played_again_and_shows_what_has_changed()
    {
        Write(Everything("plain"));
        await UpAsync();
        await RecordAsync();
        Assert.DoesNotContain(Canary, File.ReadAllText(RecordFile), StringComparison.Ordinal);

        var planned = await Gantry.RunAsync(Token, "replay", RecordFile, "--dry-run");
        var same = await Gantry.RunAsync(Token, "replay", RecordFile);
        Write(Everything("peach"));
        await ServesFlavourAsync("peach");
        var changed = await Gantry.RunAsync(Token, "replay", RecordFile);
        var ignored = await Gantry.RunAsync(
            Token,
            ["replay", RecordFile, "--only", "tools/*", "--ignore", "result.content[*].text"]
        );

        Assert.Contains("tools/call get-sum", planned.Succeeded(), StringComparison.Ordinal);
        Assert.Contains(" same.", same.Succeeded(), StringComparison.Ordinal);
        Assert.Equal(1, changed.ExitCode);
        Assert.Contains("result.content[0].text", changed.Output, StringComparison.Ordinal);
        Assert.Contains("peach", changed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, changed.Output + changed.Error, StringComparison.Ordinal);
        ignored.Succeeded();
    }

    [Fact(Timeout = 180_000)]
    public async Task A_recording_is_played_against_a_server_of_its_own_and_nothing_stays()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        await using (var trace = await Tracer.StartAsync(Home, "alpha", "--record", RecordFile))
        {
            await Gantry.CallAsync("alpha", "add", """{"a":2,"b":3}""", Token);
            await trace.SeesAsync(" client <- ", "tools/call");
            await trace.EndAsync();
        }

        await Gantry.StopAsync(Token);
        var replay = await new Command(
            Places.Gantry,
            ["replay", RecordFile, "--config", Config]
        ).RunAsync(Token);

        Assert.Contains(" same.", replay.Succeeded(), StringComparison.Ordinal);
        await NothingIsLeftAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_reader_that_has_seen_enough_ends_it()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        var script = $"'{Places.Gantry}' trace alpha --state-dir '{Home}/state' | head -1";
        using var shell = new Command("/bin/sh", ["-c", script]).Start();
        Assert.Contains("METHOD", await shell.StandardOutput.ReadLineAsync(Token));

        await Gantry.CallAsync("alpha", "add", """{"a":2,"b":3}""", Token);
        await shell.WaitForExitAsync(Token);

        Assert.Equal(0, shell.ExitCode);
        Assert.Equal("", await shell.StandardError.ReadToEndAsync(Token));
    }

    private static ServerFile Everything(string flavour) =>
        new(
            "everything",
            Places.Node,
            [Places.InModules("@modelcontextprotocol/server-everything/dist/index.js"), "stdio"]
        )
        {
            Environment = ImmutableDictionary<string, string>
                .Empty.Add("CANARY", $"${{{GantryDaemon.SecretName}}}")
                .Add("FLAVOUR", flavour),
        };

    private async Task RecordAsync()
    {
        await using var trace = await Tracer.StartAsync(Home, "everything", "--record", RecordFile);
        await CallAsync("get-sum", """{"a":2,"b":3}""");
        await CallAsync("get-env", "{}");
        await CallAsync("echo", """{"message":"the end"}""");
        await trace.SeesAsync(" client <- ", "Echo: the end");
        Assert.Equal(0, await trace.EndAsync());
    }

    private Task<ToolAnswer> CallAsync(string tool, string arguments) =>
        Gantry.CallAsync("everything", tool, arguments, Token);

    private Task ServesFlavourAsync(string flavour) =>
        Eventually.TrueAsync(
            $"the server was replaced by one with {flavour}",
            async () => (await CallAsync("get-env", "{}")).Text.Contains(flavour),
            Token
        );

    // The column before the frame.
    private static bool HasTime(string line) => line.Split('{')[0].TrimEnd()[^2] is '.';

    /// <summary>A <c>gantry trace</c> that runs beside the test.</summary>
    private sealed class Tracer : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly ConcurrentQueue<string> _lines = new();

        private Tracer(Process process)
        {
            _process = process;
            process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
            process.BeginOutputReadLine();
        }

        public IReadOnlyCollection<string> Lines => _lines;

        public string Output => string.Join('\n', _lines);

        /// <summary>Returns when it looks.</summary>
        public static async Task<Tracer> StartAsync(
            string home,
            string server = "everything",
            params string[] options
        )
        {
            string[] all = ["trace", server, "--full", .. options];
            var command = new Command(
                Places.Gantry,
                [.. all, "--state-dir", Path.Combine(home, "state")]
            );
            var tracer = new Tracer(command.Start());
            await tracer.SeesAsync("METHOD");
            return tracer;
        }

        /// <summary>Waits for a line with all of these.</summary>
        public Task SeesAsync(params string[] texts) =>
            Eventually.TrueAsync(
                $"the trace shows {string.Join(" and ", texts)}",
                () => _lines.Any(line => texts.All(line.Contains)),
                Token
            );

        /// <summary>Ends it as Ctrl-C does.</summary>
        /// <returns>Its exit code.</returns>
        public async Task<int> EndAsync()
        {
            Signals.Interrupt(_process.Id);
            await _process.WaitForExitAsync(Token);
            return _process.ExitCode;
        }

        public ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
            {
                Signals.Kill(_process.Id);
            }

            _process.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
