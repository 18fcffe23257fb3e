using FsCheck;
using FsCheck.Fluent;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Names;
using Xunit;

namespace Gantry.Gateway.Aggregate;

public sealed class AddressTests
{
    [Theory]
    [InlineData("files", "file:///a/b.txt", "files+file:///a/b.txt")]
    [InlineData("files", "test://x/{id}", "files+test://x/{id}")]
    [InlineData("files", "ui://weather/view.html", "ui://files.weather/view.html")]
    [InlineData("1st", "memo:1", "s.1st+memo:1")]
    [InlineData("1st", "ui://weather", "ui://1st.weather")]
    [InlineData("files", "git+ssh://h/r", "files+git+ssh://h/r")]
    [InlineData("files", "https://example.com/a", "https://example.com/a")]
    [InlineData("files", "data:text/plain,a", "data:text/plain,a")]
    public void A_uri_says_its_server_in_its_scheme(string server, string uri, string expected) =>
        Assert.Equal(expected, Map(server, uri));

    [Theory]
    [InlineData("file:///docs/guide/intro.md", "../a/b.md")]
    [InlineData("file:///docs/guide/intro.md", "/root.md")]
    [InlineData("file:///docs/guide/intro.md", "#part")]
    [InlineData("test://host/docs/intro", "next?x=1")]
    [InlineData("ui://weather/pages/view.html", "/style.css")]
    [InlineData("ui://weather/pages/view.html", "view.js")]
    public void References_resolve_against_it_as_before(string uri, string reference)
    {
        var resolved = new Uri(new Uri(Map("files", uri)), reference).AbsoluteUri;
        var own = new Uri(new Uri(uri), reference).AbsoluteUri;

        Assert.Equal(Map("files", own), resolved);
    }

    [Theory]
    [InlineData("test://x/{id}", "{id}", "42")]
    [InlineData("{+uri}", "{+uri}", "file:///a")]
    [InlineData("http{s}://host/a", "{s}", "s")]
    [InlineData("ui://{name}/x", "{name}", "weather")]
    public void A_template_expands_to_what_leads_back(
        string template,
        string expression,
        string value
    )
    {
        var expanded = Map("files", template).Replace(expression, value, StringComparison.Ordinal);
        var own = template.Replace(expression, value, StringComparison.Ordinal);

        Assert.Equal(new Addressed(ServerName.Parse("files"), own), Addresses.Find(expanded));
    }

    [Fact]
    public void Every_uri_leads_back_unless_it_leads_to_the_same_place_for_all() =>
        Check.One(
            FsCheck.Config.QuickThrowOnFailure.WithMaxTest(5_000),
            Prop.ForAll(
                Samples.Servers.Zip(Samples.Uris).ToArbitrary(),
                made =>
                {
                    var (server, uri) = made;
                    return Addresses.IsEverywhere(uri)
                        ? Addresses.Map(server, uri) == uri
                        : Addresses.Find(Addresses.Map(server, uri)) == new Addressed(server, uri);
                }
            )
        );

    [Theory]
    [InlineData("file:///a")]
    [InlineData("+file:///a")]
    [InlineData("Files+file:///a")]
    [InlineData("s.files+file:///a")]
    [InlineData("ui://weather/view.html")]
    [InlineData("https://a+b/")]
    public void What_no_server_was_put_into_names_none(string uri) =>
        Assert.Null(Addresses.Find(uri));

    private static string Map(string server, string uri) =>
        Addresses.Map(ServerName.Parse(server), uri);
}
