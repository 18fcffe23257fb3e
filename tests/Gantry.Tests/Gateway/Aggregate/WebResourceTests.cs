using System.Text;
using Gantry.Config;
using Gantry.Gateway.Modern;
using Gantry.Wire;
using Xunit;

namespace Gantry.Gateway.Aggregate;

/// <summary>Resources whose URIs lead to the same place whoever lists them, to be told of.</summary>
public sealed class WebResourceTests
{
    private const int Patience = 30_000;
    private const string Page = "https://example.com/a";
    private const string Updated = "notifications/resources/updated";

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_is_told_of_it_by_the_first_that_lists_it_and_can_tell(bool isModern)
    {
        await using var gateway = await StartAsync(isModern);
        using var client = await gateway.JoinAsync();
        using var stream = new Events(await client.GetAsync());

        await client.ResultAsync("resources/subscribe", Uri(Page));
        await TellAsync(gateway, isModern);

        var told = await stream.NextMessageAsync(Updated);
        Assert.Equal(Page, told.GetProperty("params").GetProperty("uri").GetString());
        Assert.Equal(0, Several.Instance(gateway, "mute").CallsOf("resources/subscribe"));
    }

    // An instance of an older spec is not met, only asked: as one is that is asked before it was met.
    [Fact(Timeout = Patience)]
    public async Task Who_lists_it_says_with_its_list_whether_it_can_tell()
    {
        await using var gateway = await StartAsync(isModern: false);
        gateway.Define("mute", runtime: new ProcessSpec(new("newer"), [], "/"));
        using var client = await gateway.JoinAsync();

        await client.ResultAsync("resources/subscribe", Uri(Page));

        Assert.Equal(0, Several.Instance(gateway, "mute").CallsOf("resources/subscribe"));
        Assert.Equal(1, Several.Instance(gateway, "web").CallsOf("resources/subscribe"));
    }

    [Fact(Timeout = Patience)]
    public async Task What_is_not_listed_any_more_can_be_left_all_the_same()
    {
        await using var gateway = await StartAsync(isModern: false);
        using var client = await gateway.JoinAsync();
        var web = Several.Instance(gateway, "web");
        await client.ResultAsync("resources/subscribe", Uri(Page));

        Several.Instance(gateway, "mute").Script = call => call.Respond("""{"resources":[]}""");
        web.Script = call => call.Respond("""{"resources":[]}""");
        web.Say(Client.Notification("notifications/resources/list_changed"));
        await web.HeardAsync();
        await client.ResultAsync("resources/unsubscribe", Uri(Page));
        var refused = await client.RefusalAsync("resources/unsubscribe", Uri(Page + "/other"));

        Assert.Contains(Page, (await web.NextAsync("resources/unsubscribe")).Text, Ordinal);
        Assert.StartsWith("No server here has the resource", refused, Ordinal);
    }

    [Fact(Timeout = Patience)]
    public async Task A_server_that_cannot_tell_says_so_itself()
    {
        await using var gateway = await StartAsync(isModern: false);
        gateway.Undefine("web");
        Several.Instance(gateway, "mute").Script = call =>
        {
            if (call.Method == "resources/subscribe")
            {
                call.Refuse("Nobody here watches.");
            }
            else
            {
                call.Respond($$"""{"resources":[{"uri":"{{Page}}","name":"a"}]}""");
            }
        };
        using var client = await gateway.JoinAsync();

        Assert.Equal(
            "mute: Nobody here watches.",
            await client.RefusalAsync("resources/subscribe", Uri(Page))
        );
    }

    [Theory(Timeout = Patience)]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(true, "g/open")]
    public async Task A_stream_without_a_session_is_told_of_it_too(bool isModern, string place)
    {
        await using var gateway = await StartAsync(isModern);
        using var client = new ModernClient(gateway.Address, place);

        using var stream = new Events(await ListenAsync(client, Page, Page + "/nowhere"));
        var acknowledged = await stream.NextMessageAsync(
            "notifications/subscriptions/acknowledged"
        );
        await TellAsync(gateway, isModern);
        var told = await stream.NextMessageAsync(Updated);

        Assert.Contains($"[\"{Page}\"]", acknowledged.GetRawText(), Ordinal);
        Assert.Equal(Page, told.GetProperty("params").GetProperty("uri").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task What_is_watched_already_is_not_asked_for_again()
    {
        await using var gateway = await StartAsync(isModern: true);
        var web = Several.Instance(gateway, "web");
        await web.NextAsync("subscriptions/listen");
        using var one = new ModernClient(gateway.Address, "");
        using var other = new ModernClient(gateway.Address, "g/open");

        using var first = new Events(await ListenAsync(one, Page));
        await first.NextMessageAsync("notifications/subscriptions/acknowledged");
        using var second = new Events(await ListenAsync(other, Page));
        await second.NextMessageAsync("notifications/subscriptions/acknowledged");
        var listened = await Several.ListenedAsync(web, Page);

        Assert.Equal(0, web.CallsOf("subscriptions/listen"));
        listened.Tell(Client.Notification(Updated, Uri(Page)));
        await first.NextMessageAsync(Updated);
        await second.NextMessageAsync(Updated);
    }

    [Fact(Timeout = Patience)]
    public async Task What_comes_on_a_stream_while_another_takes_its_place_is_told_all_the_same()
    {
        await using var gateway = await StartAsync(isModern: true);
        var web = Several.Instance(gateway, "web");
        using var one = new ModernClient(gateway.Address, "");
        using var other = new ModernClient(gateway.Address, "g/open");
        using var first = new Events(await ListenAsync(one, Page));
        var old = await Several.ListenedAsync(web, Page);

        var answer = web.Script;
        web.Script = call =>
        {
            old.Tell(Client.Notification(Updated, Uri(Page)));
            answer?.Invoke(call);
        };
        using var second = new Events(await ListenAsync(other, "web+file:///a"));

        await first.NextMessageAsync(Updated);
    }

    [Fact(Timeout = Patience)]
    public async Task What_a_group_denies_is_not_watched_there()
    {
        await using var gateway = await StartAsync(isModern: false);
        using var client = new ModernClient(gateway.Address, "g/closed");

        using var stream = new Events(await ListenAsync(client, Page));
        var acknowledged = await stream.NextMessageAsync(
            "notifications/subscriptions/acknowledged"
        );

        Assert.DoesNotContain(Page, acknowledged.GetRawText(), Ordinal);
        Assert.Equal(0, Several.Instance(gateway, "web").CallsOf("resources/subscribe"));
    }

    [Fact(Timeout = Patience)]
    public async Task An_own_instance_is_found_and_lent_for_as_long_as_the_stream_lasts()
    {
        await using var gateway = await Several.StartOwnAsync("own");
        gateway.Runtime.Made = connection => connection.Lists("x");
        using var client = new ModernClient(gateway.Address, "");

        using var stream = new Events(await ListenAsync(client, Page));
        await stream.NextMessageAsync("notifications/subscriptions/acknowledged");
        var own = Several.Instance(gateway, "own");
        await own.NextAsync("resources/subscribe");
        own.Say(Client.Notification(Updated, Uri(Page)));

        await stream.NextMessageAsync(Updated);
        Assert.Single(gateway.Runtime.Connections);
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    // The first in the order of names lists it too, but cannot tell of it.
    private static async Task<GatewayUnderTest> StartAsync(bool isModern)
    {
        var gateway = await GatewayUnderTest.StartAsync(Joined.Prompt);
        Several.Add(gateway, isModern, "web");
        gateway.Define("mute");
        var made = gateway.Runtime.Made;
        gateway.Runtime.Made = connection =>
        {
            made?.Invoke(connection);
            connection.Handshake = new(
                connection.Handshake.Dialect,
                Encoding.UTF8.GetBytes("""{"capabilities":{"resources":{}}}""")
            );
        };
        gateway.Ready("mute");
        gateway.DefineGroups(Group("open", []), Group("closed", [new("https://*")]));
        return gateway;
    }

    private static GroupSpec Group(string name, params Glob[] denied) =>
        new(ServerName.Parse(name), new("test.yaml", 1, 1)) { Resources = new([], [.. denied]) };

    private static async Task TellAsync(GatewayUnderTest gateway, bool isModern)
    {
        var web = Several.Instance(gateway, "web");
        var updated = Client.Notification(Updated, Uri(Page));
        if (isModern)
        {
            (await Several.ListenedAsync(web, Page)).Tell(updated);
        }
        else
        {
            await web.NextAsync("resources/subscribe");
            web.Say(updated);
        }
    }

    private static Task<HttpResponseMessage> ListenAsync(ModernClient client, params string[] uris)
    {
        var wanted = string.Join(',', uris.Select(uri => $"\"{uri}\""));
        return client.AskAsync(
            "subscriptions/listen",
            $$"""
            "notifications":{"resourceSubscriptions":[{{wanted}}]},
            """
        );
    }

    private static string Uri(string uri) => $$"""{"uri":"{{uri}}"}""";
}
