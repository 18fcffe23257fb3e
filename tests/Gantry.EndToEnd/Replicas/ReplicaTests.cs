using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Replicas;

/// <summary>Two daemons behind one proxy that sends each request to the next.</summary>
public sealed class ReplicaTests : Scenario
{
    private const string Newest = "2026-07-28";

    [Theory(Timeout = 180_000)]
    [InlineData("sdk-v1.mjs", "http", true)]
    [InlineData("sdk-v1.mjs", "sse", true)]
    [InlineData("sdk-v2.mjs", "legacy", true)]
    [InlineData("sdk-v2.mjs", "auto", false)]
    [InlineData("sdk-v2.mjs", Newest, false)]
    public async Task Official_clients_of_both_eras_need_no_stickiness(
        string script,
        string kind,
        bool hasSession
    )
    {
        await using var company = await UpAsync(Real());
        var path = kind is "sse" ? "everything/sse" : "everything";

        var seen = await VisitAsync(
            script,
            company.Front.EndpointOf(path),
            "trigger-long-running-operation",
            """{"duration":1,"steps":4}""",
            kind
        );

        Assert.Contains("completed", seen["result"]?.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(4, seen["progress"]?.AsArray().Count);
        var forwarded = await company.ForwardedAsync(Token);
        Assert.Equal(hasSession, forwarded.Sum() > 0);
    }

    [Theory(Timeout = 180_000)]
    [InlineData("legacy")]
    [InlineData("auto")]
    public async Task A_user_is_asked_by_one_replica_and_answers_over_the_other(string era)
    {
        await using var company = await UpAsync(
            TestServer("fixture", "conformance") with
            {
                SessionIsolation = true,
                MaxInstances = 8,
            }
        );

        var seen = await VisitAsync(
            "sdk-v2.mjs",
            company.Front.EndpointOf("fixture"),
            "test_input_required_result_multi_round",
            "{}",
            era,
            """{"name":"Ann","color":"blue"}"""
        );

        Assert.Contains("Ann", seen["result"]?.ToJsonString(), StringComparison.Ordinal);
        Assert.True((await company.ForwardedAsync(Token)).Sum() > 0);
    }

    [Theory(Timeout = 180_000)]
    [InlineData("v1")]
    [InlineData("legacy")]
    [InlineData(Newest)]
    public async Task When_a_replica_is_killed_its_clients_begin_anew_and_the_others_go_on(
        string era
    )
    {
        await using var company = await UpAsync(Real());
        var clients = new List<Survivor>();
        try
        {
            for (var number = 0; number < 4; number++)
            {
                var endpoint = company.Front.EndpointOf("everything");
                clients.Add(await Survivor.ConnectAsync(endpoint, era, Token));
                Assert.Null((await clients[^1].EchoAsync("before", Token)).Lost);
                await company.Front.SkipAsync(Token);
            }

            await company.Replicas[0].KillAsync(Token);
            var echoes = await Task.WhenAll(clients.Select(one => one.EchoAsync("hi", Token)));

            Assert.All(echoes, echo => Assert.Equal("Echo: hi", echo.Text));
            var lost = echoes.Where(echo => echo.Lost is not null).ToList();
            Assert.InRange(lost.Count, era == Newest ? 0 : 1, era == Newest ? 0 : 3);
            Assert.All(lost, echo => Assert.InRange(echo.After, TimeSpan.Zero, s_atOnce));
            Assert.All(lost, echo => Assert.Equal(404, echo.Lost));
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }
    }

    // Far below any timeout, and above what a busy machine needs.
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(5);

    private static ServerFile Real()
    {
        var script = Places.InModules("@modelcontextprotocol/server-everything/dist/index.js");
        return new("everything", Places.Node, [script]);
    }

    private async Task<Company> UpAsync(ServerFile server)
    {
        Write(server);
        var secret = Path.Combine(Home, "secret.env");
        await File.WriteAllTextAsync(secret, $"SECRET={Mark}-{new string('x', 32)}\n", Token);
        await File.WriteAllTextAsync(
            Path.Combine(Config, "gateway.yaml"),
            "gateway: { replicas: { secret: \"${SECRET}\" } }\n",
            Token
        );
        return await Company.UpAsync(Home, Mark, [Config, "--env-file", secret], Token);
    }

    private static async Task<JsonObject> VisitAsync(
        string script,
        Uri endpoint,
        params string[] more
    )
    {
        var (tool, arguments) = (more[0], more[1]);
        var command = new Command(
            Places.Node,
            [
                Path.Combine(Places.Npm, script),
                endpoint.ToString(),
                tool,
                arguments,
                .. more.Skip(2),
            ]
        );
        var output = (await command.RunAsync(Token)).Succeeded();
        return JsonNode.Parse(output)?.AsObject() ?? [];
    }
}
