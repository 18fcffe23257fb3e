using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class SettlementTests
{
    private const string One = "servers:\n  same: { command: one }\n  other: { command: x }\n";
    private const string Two = "servers:\n  same: { command: two }\n";

    [Fact]
    public void On_a_cold_start_neither_of_two_servers_with_one_name_runs()
    {
        var config = Load(null, ("a.yaml", One), ("b.yaml", Two));

        Assert.Equal("other", config.Names);
        Assert.Equal(
            """
            a.yaml:2:3: GT0303: The server 'same' is defined here and at b.yaml:2:3; neither runs. Remove or rename one of the two.
            b.yaml:2:3: GT0303: The server 'same' is defined here and at a.yaml:2:3; neither runs. Remove or rename one of the two.
            """,
            config.Problems
        );
    }

    [Fact]
    public void Of_two_servers_with_one_name_the_one_that_runs_stays_and_may_still_change()
    {
        var before = Load(null, ("b.yaml", Two));
        var edited = Two.Replace("two", "edited", StringComparison.Ordinal);

        var after = Load(before, ("a.yaml", One), ("b.yaml", edited));

        Assert.Equal("other same", after.Names);
        Assert.Equal("edited", after.Spec("same").CommandLine);
        Assert.Equal("a.yaml:2:3 GT0303", after.Codes);
    }

    [Fact]
    public void Two_names_that_become_one_are_a_duplicate_too()
    {
        var config = Load(
            null,
            ("mcp.json", """{"mcpServers": {"A_B": {"command": "x"}, "a-b": {"command": "y"}}}""")
        );

        Assert.Empty(config.Servers);
        Assert.Equal(
            "mcp.json:1:17 GT0302\nmcp.json:1:17 GT0303\nmcp.json:1:42 GT0303",
            config.Codes
        );
    }

    [Fact]
    public void On_a_cold_start_neither_of_two_servers_with_one_port_runs()
    {
        var config = Written.Own(
            "servers:\n  a: { command: x, port: 4000 }\n  b: { command: x, port: 4000 }\n  c: { command: x }"
        );

        Assert.Equal("c", config.Names);
        Assert.Equal(
            """
            gantry.yaml:2:26: GT0304: Port 4000 is asked for here and by 'b' at gantry.yaml:3:26; neither runs. Give one of the two another port.
            gantry.yaml:3:26: GT0304: Port 4000 is asked for here and by 'a' at gantry.yaml:2:26; neither runs. Give one of the two another port.
            """,
            config.Problems
        );
    }

    [Fact]
    public void A_server_edited_onto_the_port_of_another_goes_on_as_it_was()
    {
        const string Text =
            "servers:\n  a: { command: x, port: 4000 }\n  b: { command: x, port: 4001 }\n";
        var before = Written.Own(Text);

        var after = Load(
            before,
            ("gantry.yaml", Text.Replace("4001", "4000", StringComparison.Ordinal))
        );

        Assert.Equal("a b", after.Names);
        Assert.Equal((4000, 4001), (after.Spec("a").Port, after.Spec("b").Port));
        Assert.Equal("gantry.yaml:3:26 GT0304", after.Codes);
    }

    [Fact]
    public void A_disabled_server_is_in_nobodys_way()
    {
        var config = Load(
            null,
            ("a.yaml", One),
            ("b.yaml", "servers: { same: { command: x, enabled: false } }")
        );

        Assert.Empty(config.Problems);
        Assert.Equal("other same", config.Names);
        Assert.Empty(config.Disabled);
    }

    [Fact]
    public void A_second_gateway_block_is_an_error_and_the_first_is_used()
    {
        var config = Load(
            null,
            ("a.yaml", "gateway: { listen: localhost:1 }"),
            ("b.yaml", "gateway: { listen: localhost:2 }")
        );

        Assert.Equal(["localhost:1"], config.Gateway.Listen);
        Assert.Equal("b.yaml:1:1 GT0310", config.Codes);
    }

    [Theory]
    [InlineData("servers: [")]
    [InlineData("")]
    [InlineData("something: else")]
    [InlineData("servers: { same: { comand: x }, other: { command: x, port: x } }")]
    [InlineData("servers: { same: 1, other: { image: x } }")]
    [InlineData("servers: { same: { command: x }, same: { command: y }, other: }")]
    public void Servers_of_a_file_in_trouble_go_on_as_they_were(string text)
    {
        var before = Load(null, ("a.yaml", One));

        var after = Load(before, ("a.yaml", text));

        Assert.True(after.HasErrors);
        Assert.Equal(before.Servers.Values, after.Servers.Values);
        Assert.NotEqual(before.Revision, after.Revision);
        Assert.Equal(before.Revision, Load(after, ("a.yaml", One)).Revision);
    }

    [Fact]
    public void A_server_that_its_file_no_longer_has_is_gone()
    {
        var before = Load(null, ("a.yaml", One));

        Assert.Equal("other", Load(before, ("a.yaml", "servers: { other: { command: x } }")).Names);
        Assert.Equal("", Load(before, ("a.yaml", "servers: {}")).Names);
        Assert.Equal("", Load(before, ("a.yaml", "servers: { same: { enabled: false } }")).Names);
    }

    private static ConfigSnapshot Load(
        ConfigSnapshot? previous,
        params (string File, string Text)[] files
    ) => new Written([.. files]) { Previous = previous }.Load();
}
