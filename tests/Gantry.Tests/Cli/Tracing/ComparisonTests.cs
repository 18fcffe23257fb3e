using System.Text.Json;
using Xunit;

namespace Gantry.Cli.Tracing;

public sealed class ComparisonTests
{
    [Theory]
    [InlineData("""{"id":1,"result":{"a":1,"b":2}}""", """{"result":{"b":2,"a":1.0},"id":9}""")]
    [InlineData("""{"id":1,"error":{"code":-1}}""", """{"id":2,"error":{"code":-1}}""")]
    public void Ids_and_the_order_of_members_do_not_count(string recorded, string now) =>
        Assert.Empty(Compare(recorded, now));

    [Theory]
    [InlineData("""{"r":[1,2]}""", """{"r":[1,3]}""", "r[1]: 2 -> 3")]
    [InlineData("""{"r":[1,2]}""", """{"r":[1]}""", "r[1]: 2 -> ")]
    [InlineData("""{"r":[1]}""", """{"r":[1,{"a":1}]}""", "r[1]:  -> {\"a\":1}")]
    [InlineData("""{"r":{"a":1}}""", """{"r":{"b":1}}""", "r.a: 1 -> |r.b:  -> 1")]
    [InlineData("""{"r":null}""", """{}""", "r: null -> ")]
    [InlineData("""{"r":"1"}""", """{"r":1}""", "r: \"1\" -> 1")]
    [InlineData("""{"result":{}}""", """{"error":{}}""", "result: {} -> |error:  -> {}")]
    [InlineData("""{"a.b":{"c":1}}""", """{"a.b":{"c":2}}""", "[\"a.b\"].c: 1 -> 2")]
    [InlineData("""{"r":{"id":1}}""", """{"r":{"id":2}}""", "r.id: 1 -> 2")]
    public void A_difference_has_a_path_and_both_values(string recorded, string now, string told) =>
        Assert.Equal(told, string.Join('|', Compare(recorded, now).Select(Tell)));

    [Theory]
    [InlineData("result.content[0].text", true)]
    [InlineData("result.content[*].text", true)]
    [InlineData("result.content", true)]
    [InlineData("result.*[0]", true)]
    [InlineData("[\"result\"].content.0.text", true)]
    [InlineData("result.content[1].text", false)]
    [InlineData("result.content[0].text.more", false)]
    [InlineData("content", false)]
    public void What_is_to_be_ignored_is_found_by_its_path(string path, bool isIgnored)
    {
        const string Recorded = """{"result":{"content":[{"text":"a"}]}}""";
        const string Now = """{"result":{"content":[{"text":"b"}]}}""";

        Assert.Equal(isIgnored, Compare(Recorded, Now, path).Count == 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a[")]
    [InlineData("a[]")]
    [InlineData(".")]
    public void What_is_no_path_is_refused(string text) =>
        Assert.Throws<FormatException>(() => JsonPath.Parse(text));

    private static IReadOnlyList<Difference> Compare(
        string recorded,
        string now,
        params string[] ignored
    ) => new Comparison([.. ignored.Select(JsonPath.Parse)]).Of(Parse(recorded), Parse(now));

    private static string Tell(Difference difference) =>
        $"{difference.Path}: {difference.Recorded} -> {difference.Now}";

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
