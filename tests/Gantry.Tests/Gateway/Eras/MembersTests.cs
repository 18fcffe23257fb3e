using System.Buffers;
using System.Text;
using Gantry.Wire;
using Xunit;

namespace Gantry.Gateway.Eras;

public sealed class MembersTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("""{"resultType":"x"}""", "{}")]
    [InlineData("""{"resultType":"x","ttlMs":1,"cacheScope":2}""", "{}")]
    [InlineData("""{"a":1,"resultType":"x","ttlMs":1}""", """{"a":1}""")]
    [InlineData("""{"resultType":"x","a":1,"ttlMs":1}""", """{"a":1}""")]
    [InlineData("""{"ttlMs":1,"resultType":"x","a":1}""", """{"a":1}""")]
    [InlineData("""{ "resultType" : "x" , "a":1 }""", """{  "a":1 }""")]
    public void A_member_leaves_with_the_comma_that_it_needed(string result, string rest)
    {
        using var frame = Parse(result);

        Members.Remove(frame, frame.TtlMs, frame.ResultType, frame.CacheScope);

        Assert.Equal(Message(rest), Written(frame));
    }

    [Theory]
    [InlineData("{}", """{"n":1}""")]
    [InlineData("{ }", """{"n":1 }""")]
    [InlineData("""{"a":1}""", """{"n":1,"a":1}""")]
    public void A_member_comes_with_a_comma_where_one_is_needed(string result, string more)
    {
        using var frame = Parse(result);

        Members.Add(frame, frame.Body, "\"n\":1,"u8.ToArray());

        Assert.Equal(Message(more), Written(frame));
        Assert.Equal(Message(more).Length, FrameWriter.Measure(frame, default));
    }

    [Theory]
    [InlineData("""{"p/a":1,"b":2}""", """{"b":2}""")]
    [InlineData("""{"b":2,"p/a":1}""", """{"b":2}""")]
    [InlineData("""{"p/a":1,"p\/c":{"d":[]}}""", "{}")]
    [InlineData("""{"p/a":1,"b":2,"p/c":3,"d":4}""", """{"b":2,"d":4}""")]
    public void All_members_of_a_kind_can_be_taken_out(string result, string rest)
    {
        using var frame = Parse(result);

        Members.Remove(frame, frame.Body, "p/"u8);

        Assert.Equal(Message(rest), Written(frame));
    }

    private static string Message(string result) =>
        $$"""{"jsonrpc":"2.0","id":1,"result":{{result}}}""";

    private static Frame Parse(string result) =>
        Frame.Parse(Encoding.UTF8.GetBytes(Message(result)));

    private static string Written(Frame frame)
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.Write(output, frame, default);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
