using System.Text.Json;
using Xunit;

namespace Gantry.Gateway;

public sealed class ResumeTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory(Timeout = Patience)]
    [InlineData("2025-11-25")]
    [InlineData("2025-03-26")]
    public async Task A_lost_call_stream_is_had_again_with_the_answer(string revision)
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var client = gateway.NewClient();
        await client.InitializeAsync(revision);
        var (lost, call) = await CallAsync(client, echo);
        call.Progress(1);
        await lost.NextMessageAsync();
        call.Progress(2);

        lost.Dispose();
        call.Progress(3);
        using var rest = new Events(await ResumeAsync(client, lost.LastId));
        call.Respond("\"done\"");

        Assert.Equal(2, Progress(await rest.NextMessageAsync()));
        Assert.Equal(3, Progress(await rest.NextMessageAsync()));
        Assert.Equal("done", (await rest.NextMessageAsync()).GetProperty("result").GetString());
        Assert.Null(await rest.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task Only_what_the_stream_itself_brought_comes_again()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();
        var (other, otherCall) = await CallAsync(client, echo, "1");
        otherCall.Progress(10);
        await other.NextMessageAsync();
        var (lost, call) = await CallAsync(client, echo, "2");
        call.Progress(1);
        await lost.NextMessageAsync();
        otherCall.Respond("{}");
        await other.NextMessageAsync();
        other.Dispose();

        lost.Dispose();
        call.Respond("\"mine\"");
        using var rest = new Events(await ResumeAsync(client, lost.LastId));

        Assert.Equal("mine", (await rest.NextMessageAsync()).GetProperty("result").GetString());
        Assert.Null(await rest.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task The_clients_own_stream_goes_on_where_it_was_lost()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        var lost = new Events(await client.GetAsync());
        echo.Say(Client.Notification("notifications/tools/list_changed"));
        await lost.NextMessageAsync();
        var first = lost.LastId;
        echo.Say(Client.Notification("notifications/prompts/list_changed"));
        await lost.NextMessageAsync();
        lost.Dispose();

        using var again = new Events(await ResumeAsync(client, first));
        echo.Say(Client.Notification("notifications/resources/list_changed"));

        Assert.Equal("notifications/prompts/list_changed", Method(await again.NextMessageAsync()));
        Assert.Equal(
            "notifications/resources/list_changed",
            Method(await again.NextMessageAsync())
        );
    }

    [Theory(Timeout = Patience)]
    [InlineData("nonsense")]
    [InlineData("77-1")]
    [InlineData("0-99999999999")]
    public async Task An_event_that_nobody_knows_begins_a_fresh_stream(string id)
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        using var stream = new Events(await ResumeAsync(client, id));
        echo.Say(Client.Notification("notifications/tools/list_changed"));

        Assert.Equal("notifications/tools/list_changed", Method(await stream.NextMessageAsync()));
    }

    [Fact(Timeout = Patience)]
    public async Task An_answer_too_long_to_be_kept_is_replaced_by_the_reason()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync(
            new() { MaxReplayBytes = 1_000 }
        );
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();
        var (lost, call) = await CallAsync(client, echo);
        call.Progress(1);
        await lost.NextMessageAsync();
        lost.Dispose();

        call.Respond($"\"{new string('x', 2_000)}\"");
        using var rest = new Events(await ResumeAsync(client, lost.LastId));

        var error = (await rest.NextMessageAsync()).GetProperty("error");
        Assert.Contains("too long to be kept", error.GetProperty("message").GetString());
    }

    private static async Task<(Events, ScriptedCall)> CallAsync(
        Client client,
        ScriptedConnection echo,
        string id = "1"
    )
    {
        var answering = client.PostAsync(
            Client.Request(id, "tools/call", """{"_meta":{"progressToken":"p"}}""")
        );
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);
        call.Progress(0);
        var events = new Events(await answering);
        await events.NextMessageAsync();
        return (events, call);
    }

    private static Task<HttpResponseMessage> ResumeAsync(Client client, string? lastId)
    {
        var request = client.NewRequest(HttpMethod.Get);
        request.Headers.Add("Last-Event-ID", lastId);
        return client.SendAsync(request);
    }

    private static int Progress(JsonElement message) =>
        message.GetProperty("params").GetProperty("progress").GetInt32();

    private static string? Method(JsonElement message) => message.GetProperty("method").GetString();
}
