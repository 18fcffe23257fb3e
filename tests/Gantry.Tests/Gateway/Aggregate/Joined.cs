using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Config;
using Gantry.Reconcile;
using Xunit;

namespace Gantry.Gateway.Aggregate;

/// <summary>A gateway to several scripted servers as one.</summary>
internal static class Joined
{
    /// <summary>Tells of changes at once, where a test does not turn the clock.</summary>
    public static GatewayLimits Prompt { get; } = new() { ChangesTogether = TimeSpan.Zero };

    extension(GatewayUnderTest gateway)
    {
        /// <summary>A ready server with these tools that echoes what it is called with.</summary>
        public ScriptedConnection Serve(string server, params string[] tools)
        {
            gateway.Define(server);
            var connection = gateway.Ready(server);
            connection.Lists(tools);
            return connection;
        }

        public Task<Client> JoinAsync(string group = "") => gateway.NewSessionAsync(group);
    }

    extension(ScriptedConnection connection)
    {
        /// <summary>Answers lists at once, with one resource and one template besides the tools, and
        /// every other call with its own params.</summary>
        public void Lists(params string[] tools) =>
            connection.Script = call =>
                call.Respond(
                    call.Method switch
                    {
                        "tools/list" => $$"""{"tools":[{{Entries("name", tools)}}]}""",
                        "resources/list" =>
                            """{"resources":[{"uri":"file:///a","name":"a"},{"uri":"https://example.com/a","name":"w"}]}""",
                        "resources/templates/list" =>
                            """{"resourceTemplates":[{"uriTemplate":"test://{id}","name":"t"}]}""",
                        "prompts/list" => """{"prompts":[]}""",
                        _ => Client.Parse(call.Text).GetProperty("params").GetRawText(),
                    }
                );

        public int CallsOf(string method)
        {
            var count = 0;
            while (connection.Calls.Reader.TryRead(out var call))
            {
                count += call.Method == method ? 1 : 0;
            }

            return count;
        }

        /// <summary>Returns when all that it said so far was heard.</summary>
        public async Task HeardAsync()
        {
            connection.Say("""{"jsonrpc":"2.0","id":"heard","method":"ping"}""");
            while (
                !(await connection.Sent.ReadAsync(TestContext.Current.CancellationToken)).Contains(
                    "heard",
                    StringComparison.Ordinal
                )
            ) { }
        }

        /// <summary>The next call of this method, past all others.</summary>
        public async Task<ScriptedCall> NextAsync(string method)
        {
            while (true)
            {
                var call = await connection.Calls.Reader.ReadAsync(
                    TestContext.Current.CancellationToken
                );
                if (call.Method == method)
                {
                    return call;
                }
            }
        }
    }

    extension(Client client)
    {
        public async Task<JsonElement> ResultAsync(string method, string @params = "{}")
        {
            var answer = await client.CallAsync("1", method, @params);
            return answer.TryGetProperty("result", out var result)
                ? result
                : throw new InvalidOperationException(answer.GetRawText());
        }

        public async Task<string> ToolsAsync() =>
            string.Join(
                ' ',
                (await client.ResultAsync("tools/list"))
                    .GetProperty("tools")
                    .EnumerateArray()
                    .Select(tool => tool.GetProperty("name").GetString())
            );

        public async Task<string> RefusalAsync(string method, string @params) =>
            (await client.CallAsync("1", method, @params))
                .GetProperty("error")
                .GetProperty("message")
                .GetString()
            ?? "";
    }

    public static string Tool(string name) => $$"""{"name":"{{name}}"}""";

    private static string Entries(string key, IEnumerable<string> names) =>
        string.Join(',', names.Select(name => $$"""{"{{key}}":"{{name}}"}"""));
}
