using System.CommandLine;
using Gantry.Cli.Client;
using Gantry.Cli.Tracing;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry trace</c>: what clients, Gantry and a server tell each other.</summary>
internal static class TraceCommand
{
    public static Command Make(Shell shell)
    {
        var words = new TraceWords();
        var command = new ExampledCommand(
            "trace",
            "Show the messages of a server as they pass, without secrets, until Ctrl-C.",
            """
            gantry trace files
            gantry trace files --face client --method 'tools/*' --full
            gantry trace files --record files.trace
            """
        )
        {
            words.Server,
            words.Record,
            words.Face,
            words.Method,
            words.Full,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = shell.Connect(parsed);
                var wanted = words.Read(parsed);
                await using var record = wanted.Record is { } file ? Recording.Create(file) : null;
                var trace = new Trace(shell.Terminal, record, wanted, shell.WantsJson(parsed));
                try
                {
                    await trace.RunAsync(client, cancellationToken);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    // The one way to end it, so that is no interruption.
                }

                trace.SayGoodbye();
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private sealed class Trace(Terminal terminal, StreamWriter? record, Wanted wanted, bool isJson)
    {
        private readonly TracePrinter _printer = new(terminal, wanted.IsFull);
        private int _recorded;

        public async Task RunAsync(DaemonClient client, CancellationToken cancellationToken)
        {
            var isHeader = true;
            var isFull = wanted.IsFull || record is not null;
            var lines = client.TraceAsync(wanted.Server, isFull, cancellationToken);
            await foreach (var line in lines)
            {
                record?.WriteLine(line);
                if (isHeader)
                {
                    PrintHeader(line);
                }
                else
                {
                    Print(line);
                }

                isHeader = false;
            }
        }

        public void SayGoodbye()
        {
            if (record is not null)
            {
                var frames = Wording.Count(_recorded, "frame");
                terminal.Error.WriteLine($"Recorded {frames} in {wanted.Record}.");
            }
        }

        private void PrintHeader(string line)
        {
            if (isJson)
            {
                terminal.Out.WriteLine(line);
            }
            else
            {
                _printer.PrintTitles();
            }
        }

        private void Print(string line)
        {
            var entry = TraceEntry.Parse(line);
            _recorded += entry.Lost > 0 ? 0 : 1;
            if (!wanted.Covers(entry))
            {
                return;
            }

            if (isJson)
            {
                terminal.Out.WriteLine(line);
            }
            else
            {
                _printer.Print(entry);
            }
        }
    }

    private sealed record Wanted(string Server, string? Record, string? Face, bool IsFull)
    {
        public required MethodFilter Methods { get; init; }

        public bool Covers(TraceEntry entry) =>
            entry.Lost > 0
            || ((Face is null || entry.Face == Face) && Methods.Covers(entry.Method));
    }

    /// <summary>What stands behind <c>gantry trace</c>.</summary>
    private sealed class TraceWords
    {
        public Argument<string> Server { get; } =
            new("SERVER") { Description = "The server's name." };

        public Option<string?> Record { get; } =
            new("--record")
            {
                Description = "Keep all that passes in a new file, for 'gantry replay'.",
                HelpName = "FILE",
            };

        public Option<string?> Face { get; } = MakeFace();

        public Option<string[]> Method { get; } =
            new("--method")
            {
                Description =
                    "Show only these methods and their answers, such as 'tools/call' or "
                    + "'tools/*'. May be repeated.",
                HelpName = "METHOD",
            };

        public Option<bool> Full { get; } =
            new("--full") { Description = "Show long messages whole." };

        public Wanted Read(ParseResult parsed) =>
            new(
                parsed.GetRequiredValue(Server),
                parsed.GetValue(Record),
                parsed.GetValue(Face),
                parsed.GetValue(Full)
            )
            {
                Methods = new(parsed.GetValue(Method) ?? []),
            };

        private static Option<string?> MakeFace()
        {
            var face = new Option<string?>("--face")
            {
                Description =
                    "Only what a client and Gantry exchange, or only what Gantry and the server "
                    + "do.",
                HelpName = "client|server",
            };
            face.AcceptOnlyFromAmong("client", "server");
            return face;
        }
    }
}
