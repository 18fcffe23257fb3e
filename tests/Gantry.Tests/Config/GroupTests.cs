using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class GroupTests
{
    private const string Servers = "servers: { files: { command: x }, memory: { command: x } }\n";

    [Fact]
    public void A_group_says_which_servers_which_tools_and_under_which_names()
    {
        var config = Written.Own(
            """
            gateway: { separator: "." }
            servers: { files: { command: x, tools: { deny: [rm] } }, memory: { command: x } }
            groups:
              notes:
                description: For notes.
                servers: [files, memory]
                tools:
                  allow: ["memory.*", "files.read_*"]
                  deny: ["*.delete_*"]
                prompts: { allow: ["files.*"] }
                resources: { deny: ["*+file:///etc/*"] }
                rename: { files.read_file: read }
                describe: { files.read_file: Reads. }
              all: {}
            """
        );

        Assert.Empty(config.Problems);
        Assert.Equal(".", config.Gateway.Separator.ToString());
        var notes = config.Groups[ServerName.Parse("notes")];
        Assert.Equal("For notes.", notes.Description);
        Assert.Equal("files memory", string.Join(' ', notes.Servers));
        Assert.True(notes.Tools.Permits("files.read_file"));
        Assert.False(notes.Tools.Permits("files.write_file"));
        Assert.False(notes.Tools.Permits("memory.Delete_all"));
        Assert.False(notes.Prompts.Permits("memory.ask"));
        Assert.False(notes.Resources.PermitsUri("files+file:///etc/passwd"));
        Assert.False(config.Spec("files").Tools.Permits("rm"));
        Assert.Equal("read", notes.Renamed["files.read_file"]);
        Assert.Equal("Reads.", notes.Described["files.read_file"]);
        Assert.True(config.Groups[ServerName.Parse("all")].Has(ServerName.Parse("files")));
    }

    [Theory]
    [InlineData("gateway: { separator: ab }", "1:23 GT0701")]
    [InlineData("gateway: { separator: '-' }", "1:23 GT0701")]
    [InlineData("gateway: { separator: _____ }", "1:23 GT0701")]
    [InlineData("groups: { G: {} }", "1:11 GT0702")]
    [InlineData("groups: { g: 1 }", "1:14 GT0203")]
    [InlineData("groups: { g: {} }\ngateway: {}\n---\ngroups: { g: {} }", "4:11 GT0703")]
    [InlineData("groups: { g: { servers: [fils] } }", "1:26 GT0704")]
    [InlineData("groups: { g: { servers: [F] } }", "1:26 GT0301")]
    [InlineData("groups: { g: { tools: { deny: [fils__x] } } }", "1:32 GT0704")]
    [InlineData(
        "groups: { g: { servers: [files], tools: { allow: [memory__x] } } }",
        "1:51 GT0705"
    )]
    [InlineData("groups: { g: { rename: { read: look } } }", "1:32 GT0706")]
    [InlineData("groups: { g: { prompts: { deny: [ask] } } }", "1:34 GT0706")]
    [InlineData("groups: { g: { rename: { files__a: 'a b' } } }", "1:36 GT0707")]
    [InlineData("groups: { g: { rename: { files__a: x, files__b: X } } }", "1:49 GT0708")]
    [InlineData("groups: { g: { rename: { files__a: memory__b } } }", "1:11 GT0709")]
    [InlineData("groups: { g: { tools: { allow: ['*__x', 'f*__x', '*'] } } }", "")]
    public void Each_mistake_in_a_group_has_its_code_and_its_place(string text, string expected)
    {
        var config = Written.Own(text + "\n" + Servers);

        Assert.Equal(expected, config.Codes.Replace("gantry.yaml:", "", StringComparison.Ordinal));
        Assert.Equal("files memory", config.Names);
    }

    [Fact]
    public void A_misspelt_server_gets_the_one_that_was_meant()
    {
        var config = Written.Own(Servers + "groups: { g: { servers: [fils, memory] } }");

        Assert.Contains("Did you mean 'files'?", config.Problems, StringComparison.Ordinal);
        Assert.True(config.Groups[ServerName.Parse("g")].Has(ServerName.Parse("memory")));
    }

    [Theory]
    [InlineData(Servers + "groups: { g: { rename: { files__a: 'a b' } } }")]
    [InlineData("servers: [")]
    public void A_group_that_cannot_be_read_goes_on_as_it_was(string broken)
    {
        var before = Written.Own(
            "gateway: { separator: '.' }\n" + Servers + "groups: { g: { servers: [files] } }"
        );

        var after = new Written([("gantry.yaml", broken)]) { Previous = before }.Load();

        Assert.Equal("files", string.Join(' ', after.Groups[ServerName.Parse("g")].Servers));
    }

    [Fact]
    public void A_changed_group_makes_another_revision()
    {
        var one = Written.Own(Servers + "groups: { g: { servers: [files] } }");
        var other = Written.Own(Servers + "groups: { g: { servers: [memory] } }");

        Assert.NotEqual(one.Revision, other.Revision);
    }

    [Theory]
    [InlineData("*__read*", "files__read_file", true)]
    [InlineData("*__read", "files__read_file", false)]
    [InlineData("files__?", "files__a", true)]
    [InlineData("files__?", "files__", false)]
    [InlineData("a\\*", "a\\b", true)]
    [InlineData("a\\*", "a*", false)]
    public void A_pattern_stands_for_what_it_says(string pattern, string text, bool expected) =>
        Assert.Equal(expected, new Glob(pattern).Matches(text, ignoreCase: false));
}
