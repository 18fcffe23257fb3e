using System.Text;
using Gantry.Gateway.Aggregate.Names;
using Xunit;

namespace Gantry.Gateway.Aggregate;

public sealed class MentionTests
{
    [Theory]
    [InlineData("""{"content":[{"type":"resource_link","uri":"u"}]}""")]
    [InlineData("""{"content":[{"type":"resource","resource":{"uri":"u","text":"x"}}]}""")]
    [InlineData("""{"contents":[{"uri":"u","blob":"AA=="}]}""")]
    [InlineData(
        """{"messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"u"}}}]}"""
    )]
    [InlineData("""{"content":[{"type":"tool_result","content":[{"uri":"u"}]}]}""")]
    [InlineData("""{"content":[],"_meta":{"ui":{"resourceUri":"u"}}}""")]
    [InlineData("""{"content":[],"_meta":{"openai/outputTemplate":"u"}}""")]
    [InlineData("""{"content":[{"type":"resource_link","\u0075ri":"\u0075"}]}""")]
    public void A_result_names_resources_in_these_places(string result) =>
        Assert.Equal(
            [(Mention.Uri, "u")],
            Find(result, Part.Result).Select(found => (found.Mention, found.Value))
        );

    [Theory]
    [InlineData("""{"structuredContent":{"uri":"u","content":[{"uri":"u"}]}}""")]
    [InlineData("""{"content":[{"type":"text","text":"uri: u","annotations":{"uri":"u"}}]}""")]
    [InlineData("""{"uri":1,"content":[{"uri":null},"uri",[["uri"]]]}""")]
    [InlineData("""{"content":[{"uri":"\ud800"}]}""")]
    [InlineData("[]")]
    [InlineData("1")]
    public void What_a_tool_returns_as_data_is_left_alone(string result) =>
        Assert.Empty(Find(result, Part.Result));

    [Fact]
    public void Only_the_found_values_are_replaced()
    {
        var tool = """
            { "name" : "a\u0062", "title": "name", "inputSchema": {"properties":{"name":{}}},
              "_meta":{"ui":{"resourceUri":"ui://x"},"name":"n"}, "annotations":{"title":"T"} }
            """;

        var dressed = Mentions.Replace(
            Encoding.UTF8.GetBytes(tool),
            Part.Tool,
            (_, value) => Mentions.Json("<" + value + "\">")
        );

        Assert.Equal(
            tool.Replace("\"a\\u0062\"", "\"<ab\\\">\"", StringComparison.Ordinal)
                .Replace("\"ui://x\"", "\"<ui://x\\\">\"", StringComparison.Ordinal),
            Encoding.UTF8.GetString(dressed)
        );
    }

    private static List<Found> Find(string json, Part part) =>
        Mentions.Find(Encoding.UTF8.GetBytes(json), part);
}
