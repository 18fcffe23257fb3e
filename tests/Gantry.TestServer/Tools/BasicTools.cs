using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Gantry.TestServer.Tools;

/// <summary>Small tools with which a test can ask, and trouble, the server.</summary>
internal static class BasicTools
{
    private const string Capabilities = """{"tools":{"listChanged":true},"logging":{}}""";

    public static Methods Methods(Peer peer) =>
        new Methods(Capabilities).AddTools([.. Answering(), .. Talking(peer), .. Breaking(peer)]);

    private static Tool[] Answering() =>
        [
            new("echo", "Says the text again.", Schema("text", "string"), Echo),
            new("add", "Adds a and b.", Schema("a", "number", "b", "number"), Add),
            new("sleep", "Answers after ms milliseconds.", Schema("ms", "integer"), SleepAsync),
            new("env", "Names of its variables; the value of one.", Schema("name", "string"), Env),
            new("pid", "The number of its process.", Tool.NoArguments, _ => Pid()),
            new("count", "How many calls came before.", Tool.NoArguments, _ => Count()),
            new(
                "running",
                "How many calls run, this one included.",
                Tool.NoArguments,
                _ => Running()
            ),
            new("cancelled", "How many calls were cancelled.", Tool.NoArguments, _ => Cancelled()),
            new("big", "A text of that many bytes.", Schema("bytes", "integer"), Big),
        ];

    private static Tool[] Talking(Peer peer) =>
        [
            new(
                "progress",
                "Reports progress in steps, ms milliseconds apart.",
                Schema("steps", "integer", "ms", "integer"),
                (call, token) => ProgressAsync(peer, call, token)
            ),
            new(
                "log",
                "Writes the text to standard error, and sends it as a log message.",
                Schema("text", "string"),
                Log
            ),
            new(
                "emit",
                "Sends a notification.",
                Schema("method", "string", "params", "object"),
                call => Emit(peer, call)
            ),
            new(
                "ask",
                "Sends the client a request and gives its answer.",
                Schema("method", "string", "params", "object"),
                (call, token) => AskAsync(peer, call, token)
            ),
        ];

    private static Tool[] Breaking(Peer peer) =>
        [
            new("crash", "Ends the process.", Schema("exitCode", "integer"), Crash),
            new("fail", "Gives an error.", Schema("text", "string"), Fail),
            new(
                "noise",
                "Writes lines that are no messages to standard output.",
                Schema("lines", "integer"),
                call => Noise(peer, call)
            ),
        ];

    private static JsonObject Echo(ToolCall call)
    {
        Counter.Increment();
        return Json.Text(call.Arguments.String("text"));
    }

    private static JsonObject Add(ToolCall call)
    {
        Counter.Increment();
        var sum = Decimal(call, "a") + Decimal(call, "b");
        return Json.Text(sum.ToString(CultureInfo.InvariantCulture));
    }

    private static decimal Decimal(ToolCall call, string name) =>
        call.Arguments[name]?.GetValue<decimal>() ?? 0;

    private static async Task<JsonObject> SleepAsync(
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        var time = TimeSpan.FromMilliseconds(call.Arguments.Number("ms"));
        await Task.Delay(time, TimeProvider.System, cancellationToken);
        Counter.Increment();
        return Json.Text("slept");
    }

    private static JsonObject Env(ToolCall call)
    {
        var name = call.Arguments.String("name");
        return Json.Text(
            name.Length > 0
                ? Environment.GetEnvironmentVariable(name) ?? ""
                : string.Join(
                    '\n',
                    Environment
                        .GetEnvironmentVariables()
                        .Cast<DictionaryEntry>()
                        .Select(entry => (string)entry.Key)
                        .Order(StringComparer.Ordinal)
                )
        );
    }

    private static JsonObject Pid() =>
        Json.Text(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

    private static JsonObject Count() =>
        Json.Text((Counter.Increment() - 1).ToString(CultureInfo.InvariantCulture));

    private static JsonObject Running() =>
        Json.Text(Counter.Running.ToString(CultureInfo.InvariantCulture));

    private static JsonObject Cancelled() =>
        Json.Text(Counter.Cancellations.ToString(CultureInfo.InvariantCulture));

    private static JsonObject Big(ToolCall call) =>
        Json.Text(new string('x', call.Arguments.Number("bytes")));

    private static async Task<JsonObject> ProgressAsync(
        Peer peer,
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        var steps = call.Arguments.Number("steps", otherwise: 3);
        var pause = TimeSpan.FromMilliseconds(call.Arguments.Number("ms"));
        for (var step = 1; step <= steps; step++)
        {
            peer.Progress(call.Turn.ProgressToken, step, steps);
            await Task.Delay(pause, TimeProvider.System, cancellationToken);
        }

        Counter.Increment();
        return Json.Text($"{steps} steps");
    }

    private static JsonObject Log(ToolCall call)
    {
        var text = call.Arguments.String("text", otherwise: "hello");
        Console.Error.WriteLine(text);
        call.Turn.Log("info", text);
        return Json.Text("logged");
    }

    private static JsonObject Emit(Peer peer, ToolCall call)
    {
        var parameters = call.Arguments["params"]?.DeepClone() as JsonObject ?? [];
        peer.Notify(call.Arguments.String("method"), parameters);
        return Json.Text("emitted");
    }

    private static async Task<JsonObject> AskAsync(
        Peer peer,
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        var parameters = call.Arguments["params"]?.DeepClone() as JsonObject ?? [];
        var method = call.Arguments.String("method");
        var answer = await peer.AskAsync(method, parameters, cancellationToken);
        return Json.Text((answer["result"] ?? answer["error"])?.ToJsonString() ?? "");
    }

    private static JsonObject Crash(ToolCall call)
    {
        Environment.Exit(call.Arguments.Number("exitCode", otherwise: 1));
        return [];
    }

    private static JsonObject Fail(ToolCall call) =>
        Json.Failure(call.Arguments.String("text", otherwise: "failed, as told"));

    private static JsonObject Noise(Peer peer, ToolCall call)
    {
        for (var line = call.Arguments.Number("lines", otherwise: 3); line > 0; line--)
        {
            peer.Output.Send("*** debugging: this line is no message ***"u8);
        }

        return Json.Text("noisy");
    }

    private static string Schema(params ReadOnlySpan<string> namesAndTypes)
    {
        var properties = new JsonObject();
        for (var index = 0; index < namesAndTypes.Length; index += 2)
        {
            properties[namesAndTypes[index]] = new JsonObject
            {
                ["type"] = namesAndTypes[index + 1],
            };
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties }.ToJsonString();
    }
}
