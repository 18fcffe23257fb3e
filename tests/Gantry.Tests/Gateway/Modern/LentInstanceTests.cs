using System.Text.Json;
using Gantry.Config;
using Xunit;

namespace Gantry.Gateway.Modern;

/// <summary>Clients without sessions at servers that have one instance for each.</summary>
public sealed class LentInstanceTests
{
    private const int Patience = 30_000;
    private const string Question =
        """{"jsonrpc":"2.0","id":"name","method":"elicitation/create","params":{"message":"Who?"}}""";

    private static readonly GatewayLimits s_limits = new()
    {
        InputTimeout = TimeSpan.FromMinutes(5),
        LeaseIdleTimeout = TimeSpan.FromHours(1),
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_question_ends_the_request_and_the_answer_goes_on_with_the_call()
    {
        await using var gateway = await StartAsync();
        using var client = new ModernClient(gateway.Address)
        {
            Capabilities = """{"elicitation":{}}""",
        };

        var (own, call, result) = await AskedAsync(gateway, client);
        var state = result.GetProperty("requestState").GetString();
        var asked = result.GetProperty("inputRequests").GetProperty("name");
        var again = client.CallAsync(
            $$$"""
            "requestState":"{{{state}}}","inputResponses":{"name":{"action":"decline"}},
            """,
            id: "2"
        );
        var answer = await own.Sent.ReadAsync(Cancelled);
        call.Respond("""{"content":[]}""");
        using var response = await again;
        var answered = await Client.JsonAsync(response);

        Assert.Equal("input_required", result.GetProperty("resultType").GetString());
        Assert.Equal("elicitation/create", asked.GetProperty("method").GetString());
        Assert.Equal("""{"jsonrpc":"2.0","id":"name","result":{"action":"decline"}}""", answer);
        Assert.Equal(2, answered.GetProperty("id").GetInt32());
        Assert.Equal(
            "complete",
            answered.GetProperty("result").GetProperty("resultType").GetString()
        );
        Assert.Single(gateway.Runtime.Connections);
    }

    [Fact(Timeout = Patience)]
    public async Task What_a_call_says_after_its_question_is_held_to_the_same_rules()
    {
        await using var gateway = await StartAsync(
            new() { Results = new() { Redact = ["aws_key"] } }
        );
        using var client = new ModernClient(gateway.Address)
        {
            Capabilities = """{"elicitation":{}}""",
        };

        var (own, call, result) = await AskedAsync(gateway, client);
        var state = result.GetProperty("requestState").GetString();
        var again = client.CallAsync(
            $$$"""
            "requestState":"{{{state}}}","inputResponses":{"name":{"action":"decline"}},
            """,
            id: "2"
        );
        await own.Sent.ReadAsync(Cancelled);
        call.Respond("""{"content":[{"type":"text","text":"AKIAIOSFODNN7EXAMPLE"}]}""");
        using var response = await again;

        Assert.Equal(
            "[redacted aws_key]",
            (await ModernClient.ResultAsync(response))
                .GetProperty("content")[0]
                .GetProperty("text")
                .GetString()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task An_answer_sent_along_is_given_at_once()
    {
        await using var gateway = await StartAsync();
        using var client = new ModernClient(gateway.Address)
        {
            Capabilities = """{"elicitation":{}}""",
        };

        var answering = client.CallAsync(
            """
            "inputResponses":{"name":{"action":"accept"},"other":{}},
            """
        );
        var (own, call) = await ArrivedAsync(gateway);
        own.Say(Question);
        var answer = await own.Sent.ReadAsync(Cancelled);
        call.Respond("""{"content":[]}""");
        using var response = await answering;

        Assert.Equal("""{"jsonrpc":"2.0","id":"name","result":{"action":"accept"}}""", answer);
        Assert.DoesNotContain("inputResponses", call.Text, StringComparison.Ordinal);
        await ModernClient.ResultAsync(response);
    }

    [Fact(Timeout = Patience)]
    public async Task What_the_client_did_not_declare_is_named()
    {
        await using var gateway = await StartAsync();
        using var client = new ModernClient(gateway.Address);

        var answering = client.CallAsync();
        var (own, call) = await ArrivedAsync(gateway);
        own.Say(Question);
        using var response = await answering;
        var error = (await Client.JsonAsync(response)).GetProperty("error");

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(-32021, error.GetProperty("code").GetInt32());
        var required = error.GetProperty("data").GetProperty("requiredCapabilities");
        Assert.Equal("{}", required.GetProperty("elicitation").GetRawText());
        Assert.Null(await call.Cancelled);
    }

    [Fact(Timeout = Patience)]
    public async Task A_state_is_good_for_one_request_of_its_kind_and_unchanged()
    {
        await using var gateway = await StartAsync();
        using var client = new ModernClient(gateway.Address)
        {
            Capabilities = """{"elicitation":{}}""",
        };
        var (_, _, result) = await AskedAsync(gateway, client);
        var state = result.GetProperty("requestState").GetString();

        using var changed = await client.CallAsync($"\"requestState\":\"{state}x\",");
        using var other = await client.PostAsync(
            client.Request("tools/call", $"\"name\":\"u\",\"requestState\":\"{state}\","),
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "u")
        );

        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(changed));
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(other));
    }

    [Fact(Timeout = Patience)]
    public async Task A_call_that_nobody_comes_back_for_is_given_up()
    {
        await using var gateway = await StartAsync();
        using var client = new ModernClient(gateway.Address)
        {
            Capabilities = """{"elicitation":{}}""",
        };
        var (_, call, _) = await AskedAsync(gateway, client);

        gateway.Clock.Advance(s_limits.InputTimeout + TimeSpan.FromMinutes(1));

        Assert.Null(await call.Cancelled);
    }

    private static async Task<GatewayUnderTest> StartAsync(FlowPolicy? flow = null)
    {
        var gateway = await GatewayUnderTest.StartAsync(s_limits);
        gateway.Script = call =>
        {
            if (call.Method == "tools/list")
            {
                call.Respond("""{"tools":[]}""");
            }
        };
        gateway.Wanted = name =>
        {
            foreach (var session in gateway.Demand("echo").Sessions)
            {
                gateway.ReadyOnce("echo", session);
            }
        };
        gateway.Define("echo", Isolation.Session, flow: flow);
        return gateway;
    }

    private static async Task<(ScriptedConnection, ScriptedCall, JsonElement)> AskedAsync(
        GatewayUnderTest gateway,
        ModernClient client
    )
    {
        var answering = client.CallAsync();
        var (own, call) = await ArrivedAsync(gateway);
        own.Say(Question);
        await gateway.Clock.SleeperWithinAsync(s_limits.GatherTime, Cancelled);
        gateway.Clock.Advance(s_limits.GatherTime);

        using var response = await answering;
        return (own, call, await ModernClient.ResultAsync(response));
    }

    // The first call: what comes before it is Gantry's own.
    private static async Task<(ScriptedConnection, ScriptedCall)> ArrivedAsync(
        GatewayUnderTest gateway
    )
    {
        while (gateway.Runtime.Connections.IsEmpty)
        {
            await Task.Yield();
        }

        var own = gateway.Runtime.Connections.Values.Single();
        while (true)
        {
            var call = await own.Calls.Reader.ReadAsync(Cancelled);
            if (call.Method == "tools/call")
            {
                return (own, call);
            }
        }
    }
}
