using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Admin;
using Gantry.Cli.Client;
using Gantry.Config;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry call</c>: one tool, once.</summary>
internal static class CallCommand
{
    public static Command Make(Shell shell)
    {
        var words = new CallWords();
        var options = new TargetOptions();
        var command = new ExampledCommand(
            "call",
            "Call a tool and print what it answers. Exits 1 when the tool reports an error.",
            """
            gantry call files list_directory path=.
            gantry call everything get-sum a=2 b=3
            gantry call everything__get-sum a=2 b=3
            gantry call memory create_entities --arguments '{"entities":[]}'
            gantry call files list_directory path=. --config examples/quickstart
            """
        )
        {
            words.Server,
            words.Tool,
            words.Pairs,
            words.Arguments,
        };
        options.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var wanted = words.Read(parsed);
                await using var target = await Target.OpenAsync(
                    shell,
                    parsed,
                    options,
                    wanted.Server,
                    cancellationToken
                );
                var result = await CallAsync(target.Client, wanted, cancellationToken);
                Print(shell, parsed, result);
                return IsError(result) ? ExitCode.Failed : ExitCode.Ok;
            }
        );
        return command;
    }

    private static async Task<JsonElement> CallAsync(
        DaemonClient daemon,
        Wanted wanted,
        CancellationToken cancellationToken
    )
    {
        await using var client = await McpClient.ConnectAsync(
            daemon,
            wanted.Server,
            cancellationToken
        );
        var arguments = await ArgumentsAsync(client, wanted, cancellationToken);
        return await client.RequestAsync(
            "tools/call",
            json => Write(json, wanted.Tool, arguments),
            cancellationToken
        );
    }

    // The schema is fetched only when there is something to read by it.
    private static async Task<JsonObject> ArgumentsAsync(
        McpClient client,
        Wanted wanted,
        CancellationToken cancellationToken
    )
    {
        if (wanted.Arguments is { } text)
        {
            return Arguments.FromJson(text);
        }

        if (wanted.Pairs.Length is 0)
        {
            return [];
        }

        var (tools, _) = await ToolList.ReadAsync(client, cancellationToken);
        var tool =
            tools.FirstOrDefault(tool => tool.Name == wanted.Tool)
            ?? throw new CommandFailedException(
                (
                    wanted.Server is null
                        ? $"No server has a tool '{wanted.Tool}'."
                        : $"The server '{wanted.Server}' has no tool '{wanted.Tool}'."
                ) + Hint.For(wanted.Tool, [.. tools.Select(tool => tool.Name)])
            );
        return Arguments.FromPairs(wanted.Pairs, tool);
    }

    private static void Write(Utf8JsonWriter json, string tool, JsonObject arguments)
    {
        json.WriteStartObject();
        json.WriteString("name", tool);
        json.WritePropertyName("arguments");
        arguments.WriteTo(json);
        json.WriteEndObject();
    }

    private static bool IsError(JsonElement result) =>
        result.TryGetProperty("isError", out var isError)
        && isError.ValueKind is JsonValueKind.True;

    private static void Print(Shell shell, ParseResult parsed, JsonElement result)
    {
        if (shell.WantsJson(parsed))
        {
            shell.Terminal.Out.WriteLine(result.GetRawText());
            return;
        }

        foreach (var text in ToolResult.Texts(result))
        {
            shell.Terminal.Out.WriteLine(text);
        }
    }

    /// <param name="Server">Null when the tool is one of all servers as one.</param>
    private sealed record Wanted(string? Server, string Tool, string[] Pairs, string? Arguments);

    /// <summary>What stands behind <c>gantry call</c>.</summary>
    private sealed class CallWords
    {
        public Argument<string> Server { get; } =
            new("SERVER") { Description = "The server's name; or SERVER__TOOL, and then no TOOL." };

        public Argument<string?> Tool { get; } =
            new("TOOL") { Description = "The tool's name.", Arity = ArgumentArity.ZeroOrOne };

        public Argument<string[]> Pairs { get; } =
            new("KEY=VALUE")
            {
                Description =
                    "The tool's arguments, read as its schema has them. Repeat a key for a list.",
                Arity = ArgumentArity.ZeroOrMore,
            };

        public Option<string?> Arguments { get; } =
            new("--arguments")
            {
                Description = "All arguments at once, as a JSON object.",
                HelpName = "JSON",
            };

        public Wanted Read(ParseResult parsed)
        {
            var first = parsed.GetRequiredValue(Server);
            var second = parsed.GetValue(Tool);
            var pairs = parsed.GetValue(Pairs) ?? [];
            var arguments = parsed.GetValue(Arguments);
            // What is no server's name has a separator in it: it names the tool, too.
            var isJoined = !ServerName.TryParse(first, out _);
            if (isJoined && second is not null)
            {
                pairs = [second, .. pairs];
            }

            if (pairs.Length > 0 && arguments is not null)
            {
                throw Usage("Give key=value pairs or --arguments, not both.");
            }

            return isJoined ? new(null, first, pairs, arguments)
                : second is not null ? new(first, second, pairs, arguments)
                : throw Usage($"Say which tool of '{first}'. 'gantry tools {first}' lists them.");
        }

        private static CommandFailedException Usage(string message) => new(message, ExitCode.Usage);
    }
}
