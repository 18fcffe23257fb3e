using Gantry.Config;
using Gantry.Planning;
using Gantry.Wire;
using Xunit;

namespace Gantry.Gateway.Aggregate;

public sealed class JoinedTests
{
    private const int Patience = 30_000;

    [Fact(Timeout = Patience)]
    public async Task All_servers_are_listed_as_one_and_asked_once()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var files = gateway.Serve("files", "read", "write");
        gateway.Serve("memory", "read");
        using var ann = await gateway.JoinAsync();
        using var bob = await gateway.JoinAsync();

        Assert.Equal("files__read files__write memory__read", await ann.ToolsAsync());
        Assert.Equal("files__read files__write memory__read", await bob.ToolsAsync());
        Assert.Equal(1, files.CallsOf("tools/list"));
    }

    [Fact(Timeout = Patience)]
    public async Task The_handshake_waits_for_nobody_and_tells_what_is_known()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files");
        using var first = await gateway.JoinAsync();
        await first.ToolsAsync();
        gateway.Define("asleep");
        using var client = gateway.NewClient("");

        var result = (await client.InitializeAsync()).GetProperty("result");

        Assert.Equal("gantry", result.GetProperty("serverInfo").GetProperty("name").GetString());
        var capabilities = result.GetProperty("capabilities");
        Assert.True(capabilities.GetProperty("tools").GetProperty("listChanged").GetBoolean());
        Assert.True(capabilities.GetProperty("resources").GetProperty("subscribe").GetBoolean());
        Assert.True(capabilities.TryGetProperty("prompts", out _));
        Assert.False(capabilities.TryGetProperty("tasks", out _));
        Assert.Contains(
            "# files\nBe kind.",
            result.GetProperty("instructions").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(0, gateway.Demand("asleep").CallsWaiting);
    }

    [Fact(Timeout = Patience)]
    public async Task A_call_reaches_its_server_in_the_servers_words_without_any_list()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var files = gateway.Serve("files", "read");
        gateway.Serve("memory", "read");
        using var client = await gateway.JoinAsync();

        var result = await client.ResultAsync(
            "tools/call",
            """{"arguments":{"name":"x"},"name":"files\u005f_read"}"""
        );

        Assert.Equal("""{"arguments":{"name":"x"},"name":"read"}""", result.GetRawText());
        Assert.Equal(0, files.CallsOf("tools/list"));
    }

    [Fact(Timeout = Patience)]
    public async Task A_tame_name_works_without_having_been_listed()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var tool = new string('t', 80);
        gateway.Serve("files", "read", tool);
        using var client = await gateway.JoinAsync();
        var name = Names.Naming.Of(Separator.Default, ServerName.Parse("files"), tool);

        var result = await client.ResultAsync("tools/call", Joined.Tool(name));

        Assert.Equal(tool, result.GetProperty("name").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task Uris_in_results_are_those_that_can_be_read()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var files = gateway.Serve("files", "link");
        files.Script = call =>
            call.Respond(
                call.Method is "tools/call"
                    ? """{"content":[{"type":"resource_link","uri":"file:///a"},{"type":"resource","resource":{"uri":"file:///b","text":"file:///c"}}]}"""
                    : Client.Parse(call.Text).GetProperty("params").GetRawText()
            );
        using var client = await gateway.JoinAsync();

        var linked = await client.ResultAsync("tools/call", Joined.Tool("files__link"));
        var read = await client.ResultAsync("resources/read", """{"uri":"files+file:///a"}""");

        Assert.Equal(
            """{"content":[{"type":"resource_link","uri":"files+file:///a"},{"type":"resource","resource":{"uri":"files+file:///b","text":"file:///c"}}]}""",
            linked.GetRawText()
        );
        Assert.Equal("""{"uri":"files+file:///a"}""", read.GetRawText());
        Assert.Contains(
            "\"file:///a\"",
            (await files.NextAsync("resources/read")).Text,
            StringComparison.Ordinal
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_page_on_the_web_is_read_where_it_is_listed()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("asleep");
        gateway.Trouble("asleep", new(TroubleKind.Paused, "It is stopped."));
        gateway.Serve("files");
        using var client = await gateway.JoinAsync();

        var read = await client.ResultAsync(
            "resources/read",
            """{"uri":"https://example.com/a"}"""
        );
        var refused = await client.RefusalAsync(
            "resources/read",
            """{"uri":"https://example.com/b"}"""
        );

        Assert.Equal("""{"uri":"https://example.com/a"}""", read.GetRawText());
        Assert.Equal("No server here has the resource 'https://example.com/b'.", refused);
    }

    [Fact(Timeout = Patience)]
    public async Task A_refusal_says_whose_it_is_and_what_was_perhaps_meant()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var files = gateway.Serve("files", "read");
        using var client = await gateway.JoinAsync();
        await client.ToolsAsync();
        files.Script = call => call.Refuse("No such file.");

        Assert.Equal(
            "files: No such file.",
            await client.RefusalAsync("tools/call", Joined.Tool("files__read"))
        );
        Assert.Equal(
            "No server here has a tool 'file__read'. Did you mean 'files__read'?",
            await client.RefusalAsync("tools/call", Joined.Tool("file__read"))
        );
        Assert.Equal("'params.name' is missing.", await client.RefusalAsync("tools/call", "{}"));
        Assert.Equal(
            "Several servers as one have no such method.",
            await client.RefusalAsync("nonsense", "{}")
        );
        Assert.Equal(
            "There is no such cursor. Begin anew.",
            await client.RefusalAsync("tools/list", """{"cursor":"?"}""")
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_dead_server_is_reported_and_breaks_nothing()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files", "read");
        gateway.Define("dead");
        gateway.Trouble("dead", new(TroubleKind.CrashLoop, "It crashed 5 times."));
        using var client = await gateway.JoinAsync();

        var result = await client.ResultAsync("tools/list");

        Assert.Single(result.GetProperty("tools").EnumerateArray());
        var missing = result.GetProperty("_meta").GetProperty("gantry/unavailable")[0];
        Assert.Equal("dead", missing.GetProperty("server").GetString());
        Assert.Contains(
            "It crashed 5 times.",
            missing.GetProperty("reason").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_slow_server_is_waited_for_so_long_and_announced_when_it_comes()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(Joined.Prompt);
        gateway.Serve("files", "read");
        var slow = gateway.Serve("slow");
        slow.Script = null;
        using var client = await gateway.JoinAsync();
        using var stream = new Events(await client.GetAsync());

        var listing = client.ResultAsync("tools/list");
        var call = await slow.NextAsync("tools/list");
        while (!listing.IsCompleted)
        {
            await client.ResultAsync("ping");
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var missing = (await listing).GetProperty("_meta").GetProperty("gantry/unavailable")[0];
        Assert.Equal("it did not answer within 5 s.", missing.GetProperty("reason").GetString());
        // Who comes next does not wait again.
        Assert.Equal("files__read", await client.ToolsAsync());
        call.Respond("""{"tools":[{"name":"late"}]}""");
        var told = await stream.NextMessageAsync();
        Assert.Equal("notifications/tools/list_changed", told.GetProperty("method").GetString());
        Assert.Equal("files__read slow__late", await client.ToolsAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task What_was_listed_once_is_listed_while_its_server_sleeps()
    {
        var lists = Directory.CreateTempSubdirectory("gantry-lists");
        await using (var before = await GatewayUnderTest.StartAsync(lists: lists.FullName))
        {
            before.Serve("files", "read");
            using var first = await before.JoinAsync();
            Assert.Equal("files__read", await first.ToolsAsync());
        }

        await using var gateway = await GatewayUnderTest.StartAsync(lists: lists.FullName);
        gateway.Define("files");
        gateway.Define("changed", Isolation.Session);
        gateway.Wanted = name => Assert.Fail($"{name} was woken");
        using var client = gateway.NewClient("g/one");
        gateway.DefineGroups(
            new GroupSpec(ServerName.Parse("one"), new("x", 1, 1))
            {
                Servers = [ServerName.Parse("files")],
            }
        );
        await client.InitializeAsync();

        Assert.Equal("files__read", await client.ToolsAsync());
        lists.Delete(recursive: true);
    }

    [Fact(Timeout = Patience)]
    public async Task A_changed_list_is_told_and_fetched_anew()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(Joined.Prompt);
        var files = gateway.Serve("files", "read");
        using var client = await gateway.JoinAsync();
        using var stream = new Events(await client.GetAsync());
        Assert.Equal("files__read", await client.ToolsAsync());

        files.Lists("read", "write");
        files.Say("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");
        // That the server came may be told only now, and is no sign that this was heard.
        await files.HeardAsync();

        await stream.NextMessageAsync("notifications/tools/list_changed");
        Assert.Equal("files__read files__write", await client.ToolsAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task Servers_that_come_and_go_are_told_at_once()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files", "read");
        using var client = await gateway.JoinAsync();
        using var stream = new Events(await client.GetAsync());
        Assert.Equal("files__read", await client.ToolsAsync());

        gateway.Serve("memory", "write");
        gateway.Serve("other");
        gateway.Undefine("other");
        var told = stream.NextMessageAsync();
        while (!told.IsCompleted)
        {
            await client.ResultAsync("ping");
            gateway.Clock.Advance(TimeSpan.FromMilliseconds(20));
        }

        Assert.Equal(
            "notifications/tools/list_changed",
            (await told).GetProperty("method").GetString()
        );
        Assert.Equal("files__read memory__write", await client.ToolsAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task A_subscription_is_told_in_the_clients_words()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var files = gateway.Serve("files");
        gateway.Serve("other");
        using var client = await gateway.JoinAsync();
        using var stream = new Events(await client.GetAsync());

        await client.ResultAsync("resources/subscribe", """{"uri":"files+file:///a"}""");
        files.Say(
            """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///b"}}"""
        );
        files.Say(
            """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///a"}}"""
        );

        Assert.Equal(
            """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"files+file:///a"}}""",
            await stream.NextAsync()
        );
        Assert.Contains(
            "\"file:///a\"",
            (await files.NextAsync("resources/subscribe")).Text,
            StringComparison.Ordinal
        );
    }

    [Fact(Timeout = Patience)]
    public async Task Completions_go_to_the_server_of_what_they_refer_to()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files");
        using var client = await gateway.JoinAsync();

        var prompt = await client.ResultAsync(
            "completion/complete",
            """{"ref":{"type":"ref/prompt","name":"files__ask"},"argument":{"name":"n","value":"v"}}"""
        );
        var resource = await client.ResultAsync(
            "completion/complete",
            """{"ref":{"type":"ref/resource","uri":"files+test://{id}"},"argument":{}}"""
        );

        Assert.Equal("ask", prompt.GetProperty("ref").GetProperty("name").GetString());
        Assert.Equal("n", prompt.GetProperty("argument").GetProperty("name").GetString());
        Assert.Equal("test://{id}", resource.GetProperty("ref").GetProperty("uri").GetString());
        Assert.Contains(
            "No server here has what 'ref' names.",
            await client.RefusalAsync("completion/complete", """{"ref":{"uri":"x"}}"""),
            StringComparison.Ordinal
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_server_without_sessions_is_one_among_others()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files", "read");
        gateway.Define("modern");
        gateway.Runtime.Made = connection =>
            connection.Handshake = new(
                Dialect.NewestWithoutSessions,
                """{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"""u8.ToArray()
            );
        var modern = gateway.Ready("modern");
        modern.Lists("read");
        using var client = await gateway.JoinAsync();

        Assert.Equal("files__read modern__read", await client.ToolsAsync());
        var called = await client.ResultAsync("tools/call", Joined.Tool("modern__read"));

        Assert.Equal("read", called.GetProperty("name").GetString());
        Assert.Contains(
            "io.modelcontextprotocol/clientCapabilities",
            (await modern.NextAsync("tools/list")).Text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "io.modelcontextprotocol/protocolVersion",
            (await modern.NextAsync("tools/call")).Text,
            StringComparison.Ordinal
        );
    }
}
