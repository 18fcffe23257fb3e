using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Clients;

/// <summary>Where a daemon listens.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ListenerTests : Scenario
{
    private const string Hello =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"e2e","version":"1"}}}""";

    private string Socket => Path.Combine(Home, "clients.sock");

    private string State => Path.Combine(Home, "state");

    [Fact(Timeout = 120_000)]
    public async Task A_client_comes_in_over_a_unix_socket_while_others_use_tcp()
    {
        Write(TestServer("alpha"));
        await UpAsync("--listen", $"unix:{Socket}");

        var answer = await CurlAsync("/mcp/alpha");
        var status = (await Gantry.RunAsync(Token, "status")).Succeeded();

        Assert.Equal("2025-11-25", answer["result"]?["protocolVersion"]?.ToString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));
        Assert.True(await Gantry.PidOfAsync("alpha", Token) > 0);
        Assert.Contains("alpha", status, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_a_killed_daemon_left_does_not_keep_the_next_from_starting()
    {
        Write(TestServer("alpha"));
        await UpAsync("--listen", $"unix:{Socket}");
        await Gantry.KillAsync(Token);
        Assert.True(File.Exists(Socket));

        await UpAsync("--listen", $"unix:{Socket}");
        var answer = await CurlAsync("/mcp/alpha");
        await Gantry.StopAsync(Token);

        Assert.NotNull(answer["result"]);
        Assert.False(File.Exists(Socket));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_file_that_is_no_socket_is_left_alone()
    {
        Write(TestServer("alpha"));
        await File.WriteAllTextAsync(Socket, "precious", Token);

        var refused = await new Command(
            Places.Gantry,
            ["up", Config, "--listen", $"unix:{Socket}", "--state-dir", State]
        ).RunAsync(Token);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"unix:{Socket}", refused.Error, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Socket, Token));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_daemon_that_was_started_for_stdio_says_how_to_take_its_place()
    {
        Write(TestServer("alpha"));
        await UpAsync("--exit-when-idle", "5m");

        var refused = await Gantry.RunAsync(Token, "up", Config, "--listen", "none");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("gantry stdio", refused.Error, StringComparison.Ordinal);
        Assert.Contains($"process {Gantry.ProcessId}", refused.Error, StringComparison.Ordinal);
    }

    private async Task<JsonNode> CurlAsync(string path)
    {
        var command = new Command(
            "curl",
            ["-sS", "--unix-socket", Socket, "-H", "Content-Type: application/json"]
        );
        command = command with
        {
            Arguments =
            [
                .. command.Arguments,
                "-H",
                "Accept: application/json, text/event-stream",
                "-d",
                Hello,
                $"http://localhost{path}",
            ],
        };
        var answer = (await command.RunAsync(Token)).Succeeded();
        var json = answer[answer.IndexOf('{', StringComparison.Ordinal)..];
        return JsonNode.Parse(json.Split('\n')[0]) ?? new JsonObject();
    }
}
