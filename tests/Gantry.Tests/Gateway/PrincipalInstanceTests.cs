using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Xunit;

namespace Gantry.Gateway;

/// <summary>Servers with one instance for each principal.</summary>
public sealed class PrincipalInstanceTests
{
    private const int Patience = 30_000;
    private const string Changed =
        """{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task All_clients_of_one_principal_share_an_instance_and_no_other_sees_it()
    {
        await using var gateway = await StartAsync();
        var (ann, bob) = (Key(gateway), Key(gateway));
        using var one = await OpenAsync(gateway, ann);
        using var other = await OpenAsync(gateway, ann);
        using var stranger = await OpenAsync(gateway, bob);

        await one.CallAsync("1", "tools/call", Joined.Tool("a"));
        await other.CallAsync("1", "tools/call", Joined.Tool("b"));
        await stranger.CallAsync("1", "tools/call", Joined.Tool("c"));

        Assert.Equal(2, gateway.Runtime.Connections.Count);
        var seen = gateway.Runtime.Connections.Values.Select(Called).Order().ToList();
        Assert.Equal(["a b", "c"], seen);
        Assert.Equal(0, gateway.Demand("echo").CallsWaiting);
        Assert.Empty(gateway.Demand("echo").Principals);
    }

    [Fact(Timeout = Patience)]
    public async Task Who_shows_no_credentials_is_one_principal_with_or_without_a_session()
    {
        await using var gateway = await StartAsync();
        using var legacy = await gateway.NewSessionAsync();
        using var modern = new ModernClient(gateway.Address);

        using var response = await modern.CallAsync();
        await ModernClient.ResultAsync(response);
        await legacy.CallAsync("1", "tools/call", Joined.Tool("x"));
        using var joined = await gateway.JoinAsync();
        await joined.ResultAsync("tools/call", Joined.Tool("echo__y"));
        using var several = new ModernClient(gateway.Address, "");
        using var last = await several.CallToolAsync("echo__z");
        await ModernClient.ResultAsync(last);

        Assert.Equal("t x y z", Called(gateway.Runtime.Connections.Values.Single()));
    }

    [Fact(Timeout = Patience)]
    public async Task A_change_is_told_to_its_own_principals_clients_alone()
    {
        await using var gateway = await StartAsync();
        var (ann, bob) = (Key(gateway), Key(gateway));
        using var one = await OpenAsync(gateway, ann);
        using var stranger = await OpenAsync(gateway, bob);
        using var own = new Events(await one.GetAsync());
        using var others = new Events(await stranger.GetAsync());
        await one.CallAsync("1", "resources/subscribe", """{"uri":"file:///a"}""");

        var instance = InstanceOf(gateway, one);
        instance.Say(Updated("file:///a"));
        instance.Say(Changed.Replace("tools", "prompts", StringComparison.Ordinal));
        var updated = await own.NextMessageAsync("notifications/resources/updated");
        await own.NextMessageAsync("notifications/prompts/list_changed");
        InstanceOf(gateway, stranger).Say(Updated("file:///a"));
        InstanceOf(gateway, stranger)
            .Say(Client.Notification("notifications/elicitation/complete"));
        InstanceOf(gateway, stranger)
            .Say(Changed.Replace("tools", "resources", StringComparison.Ordinal));
        var first = await FirstBesideToolsAsync(others);

        Assert.Equal("file:///a", updated.GetProperty("params").GetProperty("uri").GetString());
        Assert.Equal("notifications/resources/list_changed", first);
    }

    [Fact(Timeout = Patience)]
    public async Task Among_others_its_lists_are_its_principals_own()
    {
        await using var gateway = await StartAsync();
        gateway.Runtime.Made = connection =>
            connection.Lists($"t{gateway.Runtime.Connections.Count}");
        var (ann, bob) = (Key(gateway), Key(gateway));
        using var one = await OpenAsync(gateway, ann, "");
        using var other = await OpenAsync(gateway, bob, "");

        await one.ResultAsync("tools/call", Joined.Tool("echo__x"));
        await other.ResultAsync("tools/call", Joined.Tool("echo__x"));
        await one.ResultAsync("resources/list");

        Assert.Equal("echo__t0", await one.ToolsAsync());
        Assert.Equal("echo__t1", await other.ToolsAsync());
    }

    [Fact(Timeout = Patience)]
    public void The_key_of_a_principal_does_not_say_who_it_is_and_is_always_the_same()
    {
        Assert.Equal(PrincipalKey.Of("ann"), PrincipalKey.Of("ann"));
        Assert.NotEqual(PrincipalKey.Of("ann"), PrincipalKey.Of("anonymous"));
        Assert.NotEqual(PrincipalKey.Of(null), PrincipalKey.Of("anonymous"));
        Assert.Matches("^[a-z2-7]{26}$", PrincipalKey.Of(null));
        Assert.DoesNotContain("ann", PrincipalKey.Of("ann"), StringComparison.Ordinal);
    }

    private static async Task<GatewayUnderTest> StartAsync()
    {
        var gateway = await GatewayUnderTest.StartAsync(Joined.Prompt);
        gateway.Define("echo", Isolation.Principal);
        gateway.Runtime.Made = connection => connection.Lists("x");
        gateway.Wanted = name =>
        {
            foreach (var principal in gateway.Demand(name.ToString()).Principals)
            {
                gateway.ReadyOnce(name.ToString(), principal);
            }
        };
        return gateway;
    }

    private static string Key(GatewayUnderTest gateway) =>
        gateway.Keys.Create(new("test", Role.Caller, null, Limits.None)).Text;

    private static async Task<Client> OpenAsync(
        GatewayUnderTest gateway,
        string key,
        string server = "echo"
    )
    {
        var client = gateway.NewClient(server);
        client.Authorization = $"Bearer {key}";
        await client.InitializeAsync();
        return client;
    }

    private static ScriptedConnection InstanceOf(GatewayUnderTest gateway, Client client)
    {
        var session = gateway.Sessions.Find(client.Session ?? "");
        var key = PrincipalKey.Of(session?.Envelope.Principal);
        var instance = gateway
            .Board.Current.Servers[ServerName.Parse("echo")]
            .Instances.Single(one => one.Session == key);
        return gateway.Runtime.Connections[instance.Id];
    }

    private static string Called(ScriptedConnection connection)
    {
        var names = new List<string>();
        while (connection.Calls.Reader.TryRead(out var call))
        {
            if (call.Method == "tools/call")
            {
                names.Add(
                    Client.Parse(call.Text).GetProperty("params").GetProperty("name").GetString()
                        ?? ""
                );
            }
        }

        return string.Join(' ', names);
    }

    private static async Task<string?> FirstBesideToolsAsync(Events events)
    {
        while (true)
        {
            var method = (await events.NextMessageAsync()).GetProperty("method").GetString();
            if (method != "notifications/tools/list_changed")
            {
                return method;
            }
        }
    }

    private static string Updated(string uri) =>
        Client.Notification("notifications/resources/updated", $$"""{"uri":"{{uri}}"}""");
}
