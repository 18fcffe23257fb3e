using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Names;
using Xunit;

namespace Gantry.Gateway.Aggregate;

public sealed class NamingTests
{
    private static readonly FsCheck.Config s_many = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(
        5_000
    );

    [Theory]
    [InlineData("files", "read", "files__read")]
    [InlineData("files", "read__all", "files__read__all")]
    [InlineData("files", "_read", "files___read")]
    [InlineData("files", "get-sum.v2", "files__get-sum.v2")]
    [InlineData("files", "read file", "files__read_file_1214148ebf66")]
    [InlineData("files", "日本", "files_____cf2abf0c5be3")]
    public void A_tool_is_called_by_its_server_and_its_name(
        string server,
        string tool,
        string expected
    ) => Assert.Equal(expected, Of(server, tool));

    [Fact]
    public void A_long_name_is_shortened_the_same_way_each_time()
    {
        var longest = new string('t', 64 - "files__".Length);

        Assert.Equal("files__" + longest, Of("files", longest));
        Assert.Equal(64, Of("files", longest + "u").Length);
        Assert.NotEqual(Of("files", longest + "u"), Of("files", longest + "v"));
        Assert.Equal(Of("files", longest + "u"), Of("files", longest + "u"));
    }

    [Fact]
    public void A_long_server_leaves_room_for_its_tools()
    {
        var server = new string('s', 63);

        Assert.Equal(64, Of(server, new string('t', 64)).Length);
        Assert.Matches("^s{17}[0-9a-f]{10}-__read_[0-9a-f]{12}$", Of(server, "read"));
    }

    [Fact]
    public void A_name_with_a_server_in_it_is_told_from_one_of_that_server()
    {
        Assert.False(ServerName.TryParse("a__b", out _));
        Assert.NotEqual(Of("a", "b__c"), Of("b", "c"));
        Assert.Equal(("a", "b__c"), Parse("a__b__c"));
    }

    [Fact]
    public void Every_name_is_one_that_clients_take() =>
        Check(
            (separator, server, tool) =>
                Regex.IsMatch(Naming.Of(separator, server, tool), "^[a-zA-Z0-9_.-]{1,64}$")
        );

    [Fact]
    public void A_plain_name_leads_back_without_any_list_and_a_tame_one_to_its_server() =>
        Check(
            (separator, server, tool) =>
                Naming.Parse(separator, Naming.Of(separator, server, tool), Find(server))
                    is { } sought
                && sought.Server == server
                && (sought.Name ?? tool) == tool
        );

    [Fact]
    public void Only_the_name_itself_leads_back() =>
        FsCheck.Check.One(
            s_many,
            Prop.ForAll(
                Samples.Separators.Zip(Samples.Servers).Zip(Samples.Tools).ToArbitrary(),
                made =>
                {
                    var ((separator, server), asked) = made;
                    var exposed = separator.Join(server.ToString(), asked);
                    return Naming.Parse(separator, exposed, Find(server)) is not { Name: { } tool }
                        || Naming.Of(separator, server, tool) == exposed;
                }
            )
        );

    [Fact]
    public void No_two_tools_have_one_name()
    {
        var tools = Samples.Servers.Zip(Samples.Tools).ArrayOf(60);

        FsCheck.Check.One(
            FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(
                Samples.Separators.Zip(tools).ToArbitrary(),
                made =>
                {
                    var (separator, all) = made;
                    var distinct = all.Distinct().ToList();
                    return distinct
                            .Select(tool => Naming.Of(separator, tool.Item1, tool.Item2))
                            .Distinct(StringComparer.Ordinal)
                            .Count() == distinct.Count;
                }
            )
        );
    }

    private static void Check(Func<Separator, ServerName, string, bool> property) =>
        FsCheck.Check.One(
            s_many,
            Prop.ForAll(
                Samples.Separators.Zip(Samples.Servers).Zip(Samples.Tools).ToArbitrary(),
                made => property(made.Item1.Item1, made.Item1.Item2, made.Item2)
            )
        );

    private static Func<string, ServerName?> Find(ServerName server) =>
        token => token == server.ToString() || token == Naming.Short(server) ? server : null;

    private static string Of(string server, string tool) =>
        Naming.Of(Separator.Default, ServerName.Parse(server), tool);

    private static (string, string?) Parse(string exposed) =>
        Naming.Parse(Separator.Default, exposed, token => ServerName.Parse(token)) is { } sought
            ? (sought.Server.ToString(), sought.Name)
            : default;
}
