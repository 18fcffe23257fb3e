using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Gantry.Flow;

public sealed class ResultPagesTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Pages_are_valid_within_their_budget_and_together_the_whole_text(int seed)
    {
        var random = new Random(seed);
        var budget = random.Next(300, 2_000);
        var texts = Enumerable.Range(0, random.Next(1, 8)).Select(_ => Text(random)).ToList();
        using var content = JsonDocument.Parse(
            JsonSerializer.Serialize(texts.Select(Block), TestJson.Default.IEnumerableTextBlock)
        );

        var pages = ResultPages.Of(content.RootElement, budget);

        Assert.All(pages, page => Assert.InRange(page.Length, 1, budget));
        Assert.Equal(string.Concat(texts), string.Concat(pages.SelectMany(Texts)));
    }

    [Fact]
    public void What_cannot_be_cut_is_named()
    {
        using var content = JsonDocument.Parse(
            $$"""[{"type":"image","data":"{{new string('A', 5_000)}}"},{"type":"text","text":"b"}]"""
        );

        var pages = ResultPages.Of(content.RootElement, 1_000);

        Assert.Equal(
            ["[image of 5026 bytes left out: too large for one result]", "b"],
            Texts(Assert.Single(pages))
        );
    }

    public static IEnumerable<TheoryDataRow<int>> Seeds =>
        Enumerable.Range(0, 100).Select(seed => new TheoryDataRow<int>(seed));

    private static TextBlock Block(string text) => new("text", text);

    private static string Text(Random random)
    {
        string[] letters = ["a", " ", "\"", "\\", "\n", "\u0001", "ä", "漢", "😀", "<", "\u2028"];
        return string.Concat(
            Enumerable.Range(0, random.Next(1, 1_500)).Select(_ => random.GetItems(letters, 1)[0])
        );
    }

    private static IEnumerable<string> Texts(ReadOnlyMemory<byte> page)
    {
        using var blocks = JsonDocument.Parse($"[{Encoding.UTF8.GetString(page.Span)}]");
        return
        [
            .. blocks
                .RootElement.EnumerateArray()
                .Select(block => block.GetProperty("text").GetString() ?? ""),
        ];
    }
}

internal sealed record TextBlock(
    [property: System.Text.Json.Serialization.JsonPropertyName("type")] string Type,
    [property: System.Text.Json.Serialization.JsonPropertyName("text")] string Text
);

[System.Text.Json.Serialization.JsonSerializable(typeof(IEnumerable<TextBlock>))]
internal sealed partial class TestJson : System.Text.Json.Serialization.JsonSerializerContext;
