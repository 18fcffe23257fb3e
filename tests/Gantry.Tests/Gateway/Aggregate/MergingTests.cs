using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Xunit;

namespace Gantry.Gateway.Aggregate;

public sealed class MergingTests
{
    [Fact]
    public void The_list_of_all_is_those_of_each_in_the_order_of_their_names()
    {
        var merged = Merge(
            ListKind.Tools,
            null,
            ("files", """[{"name":"read","title":"Read","annotations":{"readOnlyHint":true}}]"""),
            ("memory", """[{"name":"write"},{"name":"read"}]""")
        );

        Assert.Equal(
            """{"tools":[{"name":"files__read","title":"Read","annotations":{"readOnlyHint":true}},"""
                + """{"name":"memory__write"},{"name":"memory__read"}]}""",
            System.Text.Encoding.UTF8.GetString(merged.Pages.Single().Result)
        );
    }

    [Fact]
    public void Names_that_differ_in_capitals_only_are_told_apart()
    {
        var merged = Merge(ListKind.Tools, null, ("a", """[{"name":"Get"},{"name":"get"}]"""));

        Assert.Equal(2, merged.Names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(merged.Names, name => Assert.Matches("^a__[Gg]et_[0-9a-f]{12}$", name));
    }

    [Fact]
    public void A_server_that_names_a_tool_twice_has_it_once()
    {
        var merged = Merge(ListKind.Tools, null, ("a", """[{"name":"x"},{"name":"x"}]"""));

        Assert.Equal(["a__x"], Keys(merged, "tools", "name"));
    }

    [Fact]
    public void Resources_and_templates_keep_apart_what_servers_call_alike()
    {
        const string Both = """[{"uri":"file:///a","name":"a"}]""";
        const string Templates = """[{"uriTemplate":"test://{id}","name":"t"}]""";

        Assert.Equal(
            ["a+file:///a", "b+file:///a"],
            Keys(Merge(ListKind.Resources, null, ("a", Both), ("b", Both)), "resources", "uri")
        );
        Assert.Equal(
            ["a+test://{id}", "b+test://{id}"],
            Keys(
                Merge(ListKind.Templates, null, ("a", Templates), ("b", Templates)),
                "resourceTemplates",
                "uriTemplate"
            )
        );
    }

    [Fact]
    public void A_page_on_the_web_that_two_servers_list_is_listed_once()
    {
        const string Both = """[{"uri":"https://example.com/","name":"a"}]""";

        var merged = Merge(ListKind.Resources, null, ("a", Both), ("b", Both));

        Assert.Equal(["https://example.com/"], Keys(merged, "resources", "uri"));
    }

    [Fact]
    public void The_page_of_an_app_is_named_as_it_is_listed()
    {
        var merged = Merge(
            ListKind.Tools,
            null,
            (
                "weather",
                """
                [{"name":"show","_meta":{"ui":{"resourceUri":"ui://w/v.html"},
                  "openai/outputTemplate":"ui://w/v.html","ui/resourceUri":"ui://w/v.html"}}]
                """
            )
        );

        var meta = Page(merged).GetProperty("tools")[0].GetProperty("_meta");
        Assert.Equal(
            "ui://weather.w/v.html",
            meta.GetProperty("ui").GetProperty("resourceUri").GetString()
        );
        Assert.Equal("ui://weather.w/v.html", meta.GetProperty("ui/resourceUri").GetString());
        Assert.Equal(
            "ui://weather.w/v.html",
            meta.GetProperty("openai/outputTemplate").GetString()
        );
    }

    [Fact]
    public void A_group_renames_describes_and_leaves_out()
    {
        var group = Group(
            """
            tools: { allow: ["*__read*", "b__*"], deny: ["*__READ_secret"] }
            rename: { a__read: look }
            describe: { a__read: Looks., b__plain: Plain. }
            """
        );

        var merged = Merge(
            ListKind.Tools,
            group,
            (
                "a",
                """[{"name":"read","description":"x"},{"name":"read_secret"},{"name":"write"}]"""
            ),
            ("b", """[{"name":"plain","inputSchema":{}}]""")
        );

        Assert.Equal(["look", "b__plain"], Keys(merged, "tools", "name"));
        Assert.Equal(["Looks.", "Plain."], Keys(merged, "tools", "description"));
    }

    [Fact]
    public void What_is_missing_is_told_and_takes_nothing_from_the_rest()
    {
        var view = View(null, "a", "b");

        var merged = Merging.Make(
            view,
            ListKind.Tools,
            [
                Shelf("a", ListKind.Tools, """[{"name":"x"}]"""),
                new(Name("b"), null, "It sleeps.", true),
            ]
        );

        Assert.Equal(
            """{"tools":[{"name":"a__x"}],"_meta":{"gantry/unavailable":[{"server":"b","reason":"It sleeps.","coming":true}]}}""",
            System.Text.Encoding.UTF8.GetString(merged.Pages.Single().Result)
        );
    }

    [Fact]
    public void A_long_list_comes_in_pages_that_together_have_everything_once()
    {
        var many = string.Join(
            ',',
            Enumerable.Range(0, Merging.MaxEntries + 1).Select(i => $$"""{"name":"t{{i}}"}""")
        );
        var merged = Merge(ListKind.Tools, null, ("a", $"[{many}]"), ("b", $"[{many}]"));

        var names = new List<string?>();
        string? cursor = null;
        do
        {
            var page = Client.Parse(
                System.Text.Encoding.UTF8.GetString(
                    merged.Find(cursor)?.Result ?? throw new FormatException()
                )
            );
            names.AddRange(
                page.GetProperty("tools")
                    .EnumerateArray()
                    .Select(tool => tool.GetProperty("name").GetString())
            );
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        } while (cursor is not null);

        Assert.Equal(2 * (Merging.MaxEntries + 1), names.Distinct().Count());
        Assert.Equal(names.Distinct().Count(), names.Count);
        Assert.Null(merged.Find("nonsense"));
        Assert.Null(merged.Find(""));
    }

    [Theory]
    [InlineData("a__read")]
    [InlineData("A__read")]
    [InlineData("a__READ_SECRET")]
    [InlineData("a__read_secret")]
    [InlineData("a__write")]
    [InlineData("a__read_secret ")]
    [InlineData("c__read")]
    [InlineData("read")]
    public void What_a_group_has_not_cannot_be_found_by_any_spelling(string name)
    {
        var group = Group(
            """
            servers: [a, b]
            tools: { allow: ["a__read*", "a__READ*"], deny: ["a__read_*"] }
            rename: { a__read: look, a__read_secret: open }
            """
        );
        var view = View(group, "a", "b", "c");

        Assert.Null(view.FindTool(name));
        Assert.Null(view.FindTool("open"));
        Assert.Equal("read", view.FindTool("look")?.Name);
    }

    private static Merged Merge(
        ListKind kind,
        GroupSpec? group,
        params (string Server, string Entries)[] lists
    ) =>
        Merging.Make(
            View(group, [.. lists.Select(list => list.Server)]),
            kind,
            [.. lists.Select(list => Shelf(list.Server, kind, list.Entries))]
        );

    private static Shelf Shelf(string server, ListKind kind, string entries) =>
        Lists.Shelf.Of(
            Name(server),
            new(Lists.Page.ReadEntries(System.Text.Encoding.UTF8.GetBytes(entries), kind), null)
        );

    private static View View(GroupSpec? group, params string[] servers) =>
        new(Separator.Default, group, servers.Select(Server));

    private static Desired Server(string name) =>
        Desired.Of(
            new(Name(name), new ProcessSpec(new("node"), [], "/"), new("test.yaml", 1, 1)),
            [1]
        );

    private static GroupSpec Group(string yaml)
    {
        var indented = yaml.ReplaceLineEndings("\n    ");
        var config = Gantry.Tests.Config.Written.Own(
            $$"""
            servers: { a: { command: x }, b: { command: x }, c: { command: x } }
            groups:
              g:
                {{indented}}
            """
        );
        Assert.Empty(config.Diagnostics);
        return config.Groups[Name("g")];
    }

    private static ServerName Name(string name) => ServerName.Parse(name);

    private static IEnumerable<string?> Keys(Merged merged, string list, string key) =>
        Page(merged)
            .GetProperty(list)
            .EnumerateArray()
            .Select(entry => entry.GetProperty(key).GetString());

    private static JsonElement Page(Merged merged) =>
        Client.Parse(System.Text.Encoding.UTF8.GetString(merged.Pages[0].Result));
}
