using Gantry.Config;
using Gantry.Config.Tree;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class TreeTests
{
    [Theory]
    [InlineData("{\"a\": 1} // end", "{\"a\": 1}       ")]
    [InlineData("{ /* one\ntwo */ \"a\": 1 }", "{       \n       \"a\": 1 }")]
    [InlineData("// first\n{\"a\": 1}", "        \n{\"a\": 1}")]
    [InlineData("{\"a\":// x\r\n1}", "{\"a\":    \r\n1}")]
    [InlineData("{\"a\": \"http://x\"}", "{\"a\": \"http://x\"}")]
    [InlineData("{\"a\": \"\\\"//x\"}", "{\"a\": \"\\\"//x\"}")]
    [InlineData("{\"a\": \"/* x */\"}", "{\"a\": \"/* x */\"}")]
    [InlineData("{a: http://x, b: it's // gone\n}", "{a: http://x, b: it's        \n}")]
    [InlineData("{\"a\": 1 /* never closed", "{\"a\": 1                ")]
    [InlineData("a: b // c", "a: b // c")]
    [InlineData("{\"a\": 1, /", "{\"a\": 1, /")]
    public void Comments_of_JSON_become_spaces_and_nothing_moves(string text, string expected) =>
        Assert.Equal(expected, JsonComments.Blank(text));

    [Fact]
    public void Places_count_lines_and_columns_from_one_in_both_syntaxes()
    {
        const string Json = "{\n\t\"a\": {\"b\": [1, \"x\"]} // c\n}";
        const string Yaml = "# c\na:\n  b: [1, x]\n";

        Assert.Equal("a@2:2 b@2:8 1@2:14 x@2:17", Flat(Read(Json)));
        Assert.Equal("a@2:1 b@3:3 1@3:7 x@3:10", Flat(Read(Yaml)));
    }

    [Fact]
    public void JSON_keeps_its_escapes_and_may_end_lists_with_a_comma() =>
        Assert.Equal(
            "a@1:2 x/\"\t😀@1:7 b@1:29 1@1:35",
            Flat(Read("{\"a\": \"x\\/\\\"\\t\\ud83d\\ude00\",\"b\": [1,],}"))
        );

    [Fact]
    public void A_few_lines_of_aliases_cannot_stand_for_billions()
    {
        var lines = Enumerable
            .Range(1, 20)
            .Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");

        var error = Fail("a0: &a0 [x]\n" + string.Join('\n', lines));

        Assert.Equal("GT0103", error.Code);
        Assert.Contains("more than 200000 values", error.Problem);
    }

    [Fact]
    public void Nesting_has_a_bound()
    {
        Assert.NotNull(Read(new string('[', 64) + new string(']', 64)));
        Assert.Equal("GT0103", Fail(new string('[', 65) + new string(']', 65)).Code);
        Assert.Equal("GT0103", Fail(new string('[', 100_000)).Code);
    }

    [Fact]
    public void Size_has_a_bound() =>
        Assert.Equal("GT0103", Fail(new string(' ', TreeLimits.MaxFileSize + 1)).Code);

    [Theory]
    [InlineData("a: [1", 2, 1)]
    [InlineData("a: 1\n  b: 2", 2, 4)]
    [InlineData("a: *nothing", 1, 4)]
    [InlineData("a: &a [*a]", 1, 8)]
    [InlineData("? [a]\n: b", 1, 3)]
    [InlineData("a: \"\\U99999999\"", 1, 1)]
    [InlineData("{\"a\": \"b", 1, 7)]
    public void What_is_neither_YAML_nor_JSON_is_one_diagnostic_with_a_place(
        string text,
        int line,
        int column
    )
    {
        var error = Fail(text);

        Assert.Equal(("GT0102", new Place("f", line, column)), (error.Code, error.Place));
    }

    [Fact]
    public void A_byte_order_mark_is_not_part_of_the_first_key() =>
        Assert.Equal("a@1:1 b@1:4", Flat(Read("\uFEFFa: b")));

    private static Node Read(string text)
    {
        var tree = TreeReader.Read("f", text);
        Assert.Null(tree.Error);
        return Assert.Single(tree.Documents);
    }

    private static Diagnostic Fail(string text) =>
        TreeReader.Read("f", text).Error ?? throw new InvalidOperationException("It was read.");

    private static string Flat(Node node) =>
        node switch
        {
            Node.Mapping mapping => string.Join(
                ' ',
                mapping.Entries.Select(entry => $"{Flat(entry.Key)} {Flat(entry.Value)}")
            ),
            Node.Sequence sequence => string.Join(' ', sequence.Items.Select(Flat)),
            Node.Scalar scalar => $"{scalar.Text}@{scalar.Place.Line}:{scalar.Place.Column}",
            _ => throw new InvalidOperationException(),
        };
}
