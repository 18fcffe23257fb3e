using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Modern;
using Xunit;

namespace Gantry.Gateway.Aggregate;

/// <summary>A caller's own Authorization header among several servers: only some may see it, and
/// what they show to one caller no other sees.</summary>
public sealed class JoinedForwardingTests
{
    private const int Patience = 30_000;
    private const string Ann = "Bearer ann";
    private const string Bob = "Bearer bob";

    [Theory(Timeout = Patience)]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("g/both", false)]
    [InlineData("g/both", true)]
    public async Task Only_a_server_that_says_so_sees_it(string place, bool isModern)
    {
        await using var gateway = await StartAsync();
        var (far, near) = (gateway.Ready("far"), gateway.Ready("near"));
        using var ann = await OpenAsync(gateway, Ann, isModern, place);

        await ann.AskAsync("tools/list");
        await ann.CallAsync("far__ann");
        await ann.CallAsync("near__near");
        await ann.AskAsync("resources/read", "\"uri\":\"far+file:///a\",");

        var shown = All(far);
        Assert.Contains(Ann, shown["tools/list"]);
        Assert.Equal([Ann], shown["tools/call"]);
        Assert.Equal([Ann], shown["resources/read"]);
        var others = All(near);
        Assert.Single(others["tools/call"]);
        Assert.All(others, calls => Assert.All(calls, Assert.Null));
    }

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_no_server_says_so_it_goes_nowhere(bool isModern)
    {
        await using var gateway = await StartAsync();
        gateway.Ready("far");
        var near = gateway.Ready("near");
        using var ann = await OpenAsync(gateway, Ann, isModern, "g/near");

        await ann.CallAsync("near__near");

        Assert.All(All(near), calls => Assert.All(calls, Assert.Null));
    }

    [Theory(Timeout = Patience)]
    [InlineData(Isolation.Shared, false)]
    [InlineData(Isolation.Shared, true)]
    [InlineData(Isolation.Session, false)]
    [InlineData(Isolation.Session, true)]
    [InlineData(Isolation.Principal, false)]
    [InlineData(Isolation.Principal, true)]
    public async Task What_it_lists_to_one_caller_no_other_sees(Isolation isolation, bool isModern)
    {
        await using var gateway = await StartAsync(isolation);
        gateway.Ready("near");
        if (isolation is Isolation.Shared)
        {
            gateway.Ready("far");
        }

        using var ann = await OpenAsync(gateway, Ann, isModern);
        using var bob = await OpenAsync(gateway, Bob, isModern);
        using var nobody = await OpenAsync(gateway, null, isModern);

        Assert.Equal(["far__ann", "near__near"], await ann.ToolsAsync());
        Assert.Equal(["far__bob", "near__near"], await bob.ToolsAsync());
        Assert.Equal(["far__nobody", "near__near"], await nobody.ToolsAsync());
        Assert.Equal(["far__ann", "near__near"], await ann.ToolsAsync());
        Assert.DoesNotContain("far__bob", await ann.RefusalAsync("fra__bob"), Ordinal);
        Assert.Contains("near__near", await ann.RefusalAsync("naer__near"), Ordinal);
    }

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_it_listed_holds_until_it_says_otherwise_or_is_another_one(bool isModern)
    {
        await using var gateway = await StartAsync();
        var far = gateway.Ready("far");
        gateway.Ready("near");
        using var ann = await OpenAsync(gateway, Ann, isModern);

        await ann.ToolsAsync();
        await ann.ToolsAsync();
        Assert.Equal(1, far.CallsOf("tools/list"));
        far.Say(Client.Notification("notifications/tools/list_changed"));
        await far.HeardAsync();
        await ann.ToolsAsync();
        Assert.Equal(1, far.CallsOf("tools/list"));
        var next = gateway.Ready("far");
        await next.HeardAsync();
        while (next.CallsOf("tools/list") == 0)
        {
            Assert.Equal(["far__ann", "near__near"], await ann.ToolsAsync());
        }
    }

    [Fact(Timeout = Patience)]
    public async Task Without_sessions_an_instance_is_lent_again_to_the_same_caller_only()
    {
        await using var gateway = await StartAsync(Isolation.Session);
        gateway.Ready("near");
        using var ann = await OpenAsync(gateway, Ann, isModern: true);
        using var bob = await OpenAsync(gateway, Bob, isModern: true);

        await ann.CallAsync("far__x");
        await bob.CallAsync("far__x");
        await ann.CallAsync("far__x");

        var instances = gateway.Runtime.Connections.Values.Where(one => IsOf(one, "far"));
        Assert.Equal(
            ["Bearer ann Bearer ann", "Bearer bob"],
            instances.Select(one => string.Join(' ', All(one)["tools/call"])).Order()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task Which_headers_a_call_needs_says_the_list_that_its_caller_is_shown()
    {
        await using var gateway = await StartAsync();
        var far = gateway.Ready("far");
        gateway.Ready("near");
        far.Script = call =>
            call.Respond(
                call is { Method: "tools/list", Envelope.ForwardedAuthorization: Ann }
                    ? """{"tools":[{"name":"x","inputSchema":{"properties":{"r":{"x-mcp-header":"R"}}}}]}"""
                    : """{"tools":[{"name":"x"}]}"""
            );
        using var bob = await OpenAsync(gateway, Bob, isModern: true);
        using var ann = await OpenAsync(gateway, Ann, isModern: true);
        using var nobody = await OpenAsync(gateway, null, isModern: true);
        const string Call = "\"name\":\"far__x\",\"arguments\":{\"r\":\"eu\"},";

        var accepted = await bob.AskAsync("tools/call", Call);
        var refused = await ann.AskAsync("tools/call", Call);
        var unknown = await nobody.AskAsync("tools/call", Call);

        Assert.Equal(-32020, refused.GetProperty("error").GetProperty("code").GetInt32());
        Assert.True(accepted.TryGetProperty("result", out _));
        Assert.True(unknown.TryGetProperty("result", out _));
    }

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_subscription_is_made_on_the_callers_behalf(bool isModern)
    {
        await using var gateway = await StartAsync();
        var far = gateway.Ready("far");
        gateway.Ready("near");
        using var ann = await OpenAsync(gateway, Ann, isModern);

        using var stream = await ann.SubscribeAsync("far+file:///a");

        var asked = await far.NextAsync("resources/subscribe");
        Assert.Equal(Ann, asked.Envelope.ForwardedAuthorization);
    }

    [Fact(Timeout = Patience)]
    public async Task In_a_batch_it_goes_along_too()
    {
        await using var gateway = await StartAsync();
        var far = gateway.Ready("far");
        using var client = gateway.NewClient("");
        client.Authorization = Ann;
        await client.InitializeAsync("2025-03-26");

        using var response = await client.PostAsync(
            $"[{Client.Request("1", "tools/call", Joined.Tool("far__x"))}]"
        );

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal([Ann], All(far)["tools/call"]);
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static async Task<GatewayUnderTest> StartAsync(Isolation isolation = Isolation.Shared)
    {
        var gateway = await GatewayUnderTest.StartAsync(Several.Limits);
        gateway.Define("far", isolation, runtime: Remote(forwards: true));
        gateway.Define("near", runtime: Remote(forwards: false));
        gateway.DefineGroups(Group("both", "far", "near"), Group("near", "near"));
        gateway.Runtime.Made = connection => connection.Script = call => Answer(connection, call);
        gateway.Wanted = name =>
        {
            var demand = gateway.Demand(name.ToString());
            foreach (var owner in demand.Sessions.Concat(demand.Principals))
            {
                gateway.ReadyOnce(name.ToString(), owner);
            }
        };
        return gateway;
    }

    private static RemoteSpec Remote(bool forwards) =>
        new(new("http://127.0.0.1:9")) { ForwardAuthorization = forwards };

    private static GroupSpec Group(string name, params string[] servers) =>
        new(ServerName.Parse(name), new("test.yaml", 1, 1))
        {
            Servers = [.. servers.Select(ServerName.Parse)],
        };

    // Each caller has a tool of its own at the far server.
    private static void Answer(ScriptedConnection connection, ScriptedCall call)
    {
        var caller = call.Envelope.ForwardedAuthorization?["Bearer ".Length..] ?? "nobody";
        var tool = IsOf(connection, "far") ? caller : "near";
        call.Respond(
            call.Method switch
            {
                "tools/list" => $$"""{"tools":[{"name":"{{tool}}"}]}""",
                "resources/list" => """{"resources":[]}""",
                "resources/templates/list" => """{"resourceTemplates":[]}""",
                "prompts/list" => """{"prompts":[]}""",
                _ => "{}",
            }
        );
    }

    private static bool IsOf(ScriptedConnection connection, string server) =>
        connection.Instance.Value.StartsWith(server + "-", Ordinal);

    /// <summary>What it was shown with each call, by method.</summary>
    private static ILookup<string, string?> All(ScriptedConnection connection)
    {
        var calls = new List<ScriptedCall>();
        while (connection.Calls.Reader.TryRead(out var call))
        {
            calls.Add(call);
        }

        return calls.ToLookup(call => call.Method, call => call.Envelope.ForwardedAuthorization);
    }

    private static async Task<Visitor> OpenAsync(
        GatewayUnderTest gateway,
        string? authorization,
        bool isModern,
        string place = ""
    )
    {
        var legacy = gateway.NewClient(place);
        legacy.Authorization = authorization;
        if (!isModern)
        {
            await legacy.InitializeAsync();
        }

        return new(legacy, isModern ? new(gateway.Address, place) : null, authorization);
    }

    /// <summary>A client of either era with one Authorization header.</summary>
    private sealed class Visitor(Client legacy, ModernClient? modern, string? authorization)
        : IDisposable
    {
        public async Task<JsonElement> AskAsync(string method, string members = "")
        {
            using var response = await SendAsync(method, members);
            return await Client.JsonAsync(response);
        }

        public Task<JsonElement> CallAsync(string tool) =>
            AskAsync("tools/call", $"\"name\":\"{tool}\",");

        public async Task<string[]> ToolsAsync() =>
            Several.Names((await AskAsync("tools/list")).GetProperty("result"), "tools");

        public async Task<string> RefusalAsync(string tool) =>
            (await CallAsync(tool)).GetProperty("error").GetProperty("message").GetString() ?? "";

        public Task<HttpResponseMessage> SubscribeAsync(string uri) =>
            modern is null
                ? SendAsync("resources/subscribe", $"\"uri\":\"{uri}\",")
                : SendAsync(
                    "subscriptions/listen",
                    $$"""
                    "notifications":{"resourceSubscriptions":["{{uri}}"]},
                    """
                );

        public void Dispose()
        {
            legacy.Dispose();
            modern?.Dispose();
        }

        private static string Params(string members) => "{" + members + "\"_meta\":{}}";

        private Task<HttpResponseMessage> SendAsync(string method, string members)
        {
            if (modern is null)
            {
                return legacy.PostAsync(Client.Request("1", method, Params(members)));
            }

            var @params = Client.Parse(Params(members));
            List<(string, string)> headers = [("Mcp-Method", method)];
            foreach (var key in (string[])["name", "uri"])
            {
                if (@params.TryGetProperty(key, out var name))
                {
                    headers.Add(("Mcp-Name", name.GetString() ?? ""));
                }
            }

            if (authorization is not null)
            {
                headers.Add(("Authorization", authorization));
            }

            return modern.PostAsync(modern.Request(method, members), [.. headers]);
        }
    }
}
