using System.Text.Json;
using Gantry.Cli.Client;
using Xunit;

namespace Gantry.Cli;

public sealed class ArgumentsTests
{
    [Theory]
    [InlineData("string", "a=5", """{"a":"5"}""")]
    [InlineData("string", "a=true", """{"a":"true"}""")]
    [InlineData("string", "a=x=y", """{"a":"x=y"}""")]
    [InlineData("string", "a=", """{"a":""}""")]
    [InlineData("integer", "a=5", """{"a":5}""")]
    [InlineData("integer", "a=-5", """{"a":-5}""")]
    [InlineData("number", "a=1.50", """{"a":1.50}""")]
    [InlineData("boolean", "a=false", """{"a":false}""")]
    [InlineData("array", "a=[1,2]", """{"a":[1,2]}""")]
    [InlineData("object", """a={"b":1}""", """{"a":{"b":1}}""")]
    public void A_value_is_read_as_the_schema_has_it(string type, string pair, string expected) =>
        Assert.Equal(expected, Read(Only(type), pair));

    [Theory]
    [InlineData("integer", "a=five")]
    [InlineData("integer", "a=1.5")]
    [InlineData("number", "a=")]
    [InlineData("boolean", "a=yes")]
    [InlineData("object", "a=[1]")]
    public void A_value_that_does_not_fit_is_a_mistake_of_the_caller(string type, string pair)
    {
        var failure = Assert.Throws<CommandFailedException>(() => Read(Only(type), pair));

        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.Contains($"'a' takes {type}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_repeated_key_makes_a_list_of_what_the_schema_says_its_items_are() =>
        Assert.Equal(
            """{"paths":["1","b"]}""",
            Read("""{"paths":{"type":"array","items":{"type":"string"}}}""", "paths=1", "paths=b")
        );

    [Fact]
    public void A_key_that_takes_one_value_is_not_given_twice() =>
        Assert.Throws<CommandFailedException>(() =>
            Read("""{"a":{"type":"string"}}""", "a=1", "a=2")
        );

    [Theory]
    [InlineData("""{"a":{"type":["string","null"]}}""", "a=null", """{"a":null}""")]
    [InlineData("""{"a":{"type":["string","null"]}}""", "a=x", """{"a":"x"}""")]
    [InlineData("""{"a":{"anyOf":[{"type":"integer"},{"type":"string"}]}}""", "a=7", """{"a":7}""")]
    [InlineData("""{"a":{"enum":["1","2"]}}""", "a=1", """{"a":"1"}""")]
    public void A_choice_of_types_takes_the_narrowest_that_fits(
        string properties,
        string pair,
        string expected
    ) => Assert.Equal(expected, Read(properties, pair));

    [Theory]
    [InlineData("b=7", """{"b":7}""")]
    [InlineData("b=seven", """{"b":"seven"}""")]
    public void A_key_that_the_schema_does_not_know_is_read_as_it_looks(
        string pair,
        string expected
    ) => Assert.Equal(expected, Read("{}", pair));

    [Fact]
    public void A_word_without_equals_sign_is_a_mistake_of_the_caller() =>
        Assert.Throws<CommandFailedException>(() => Read("{}", "word"));

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    public void All_arguments_at_once_must_be_an_object(string text) =>
        Assert.Equal(
            ExitCode.Usage,
            Assert.Throws<CommandFailedException>(() => Arguments.FromJson(text)).ExitCode
        );

    private static string Only(string type) => $$$"""{"a":{"type":"{{{type}}}"}}""";

    private static string Read(string properties, params string[] pairs)
    {
        var definition = $$$"""{"inputSchema":{"properties":{{{properties}}}}}""";
        using var document = JsonDocument.Parse(definition);
        var tool = new Tool("t", document.RootElement.Clone());
        return Arguments.FromPairs(pairs, tool).ToJsonString();
    }
}
