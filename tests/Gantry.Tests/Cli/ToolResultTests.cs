using System.Text.Json;
using Gantry.Cli.Client;
using Xunit;

namespace Gantry.Cli;

public sealed class ToolResultTests
{
    [Theory]
    [InlineData("""{"content":[{"type":"text","text":"hello"}]}""", "hello")]
    [InlineData("""{"content":[{"type":"resource_link","uri":"file:///a"}]}""", "file:///a")]
    [InlineData("""{"content":[{"type":"resource","resource":{"uri":"a:b","text":"t"}}]}""", "t")]
    [InlineData("""{"content":[],"structuredContent":{"a":1}}""", """{"a":1}""")]
    [InlineData(
        """{"content":[{"type":"image","mimeType":"image/png","data":"AA=="}]}""",
        "[image image/png, use --json to see it]"
    )]
    public void Each_kind_of_content_has_a_text(string result, string expected)
    {
        using var document = JsonDocument.Parse(result);

        Assert.Equal([expected], ToolResult.Texts(document.RootElement));
    }
}
