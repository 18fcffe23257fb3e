using System.Buffers;
using System.Text;
using Xunit;

namespace Gantry.Wire;

public sealed class FrameWriterTests
{
    [Fact]
    public void Exactly_what_is_replaced_changes()
    {
        var dice = new Random(20261121);
        for (var round = 0; round < 5_000; round++)
        {
            var (template, isRequest) = Template(dice);
            var (id, token, requestId) = (Value(dice), Value(dice), Value(dice));
            using var frame = Frame.Parse(Fill(template, Value(dice), Value(dice), Value(dice)));

            var output = new ArrayBufferWriter<byte>();
            FrameWriter.Write(output, frame, Bytes(id), Bytes(token), Bytes(requestId));

            Assert.Equal(
                Encoding.UTF8.GetString(Fill(template, id, token, requestId)),
                Encoding.UTF8.GetString(output.WrittenSpan)
            );
            Assert.Equal(
                output.WrittenCount,
                FrameWriter.Measure(frame, Bytes(id), Bytes(token), Bytes(requestId))
            );
            Assert.Equal(isRequest, frame.Kind is FrameKind.Request);
        }
    }

    [Fact]
    public void Part_by_part_comes_the_same_with_all_that_was_put_in()
    {
        var dice = new Random(20261122);
        for (var round = 0; round < 2_000; round++)
        {
            var (template, _) = Template(dice);
            var (id, token) = (Bytes(Value(dice)), Bytes(Value(dice)));
            using var frame = Frame.Parse(Fill(template, Value(dice), Value(dice), Value(dice)));
            Splice(frame, dice);

            var whole = new ArrayBufferWriter<byte>();
            FrameWriter.Write(whole, frame, id, token);
            var parts = FrameWriter.Parts(frame, id, token).SelectMany(part => part.ToArray());

            Assert.Equal(
                Encoding.UTF8.GetString(whole.WrittenSpan),
                Encoding.UTF8.GetString([.. parts])
            );
            Assert.Equal(whole.WrittenCount, FrameWriter.Measure(frame, id, token));
        }
    }

    [Fact]
    public void Nothing_is_replaced_where_nothing_is_given()
    {
        const string json =
            """{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"progressToken":2}}}""";
        using var frame = Frame.Parse(Encoding.UTF8.GetBytes(json));

        var output = new ArrayBufferWriter<byte>();
        FrameWriter.Write(output, frame, default);

        Assert.Equal(json, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    // Into the params, instead of the method, or both.
    private static void Splice(Frame frame, Random dice)
    {
        if (dice.Next(3) > 0)
        {
            frame.Splice(new(frame.Body.Start + 1, 0), Bytes("\"first\":1,"));
        }

        if (dice.Next(3) > 0)
        {
            frame.Splice(new(frame.Body.End - 1, 0), Bytes(",\"last\":2"));
        }

        if (dice.Next(3) > 0)
        {
            frame.Splice(frame.Method, Bytes($"\"{new string('m', dice.Next(40))}\""));
        }
    }

    // A request has an id and a token, a notification a token and a request id; members stand in
    // any order, some are long, and some look like what is replaced.
    private static (string Template, bool IsRequest) Template(Random dice)
    {
        var isRequest = dice.Next(2) == 0;
        var filler = new string('x', dice.Next(10) == 0 ? 5_000 : dice.Next(20));
        string[] inParams =
        [
            isRequest ? "\"_meta\":{\"b\":1,\"progressToken\":@token}" : "\"progressToken\":@token",
            isRequest ? "\"other\":{\"requestId\":9}" : "\"requestId\":@request",
            "\"arguments\":{\"id\":1,\"progressToken\":2}",
            $"\"filler\":\"{filler}\"",
        ];
        dice.Shuffle(inParams);
        List<string> members =
        [
            "\"jsonrpc\":\"2.0\"",
            "\"method\":\"x/y\"",
            $"\"params\":{{{string.Join(',', inParams)}}}",
            "\"ids\":[1]",
        ];
        if (isRequest)
        {
            members.Add("\"id\":@id");
        }

        var all = members.ToArray();
        dice.Shuffle(all);
        return ($"{{{string.Join(',', all)}}}", isRequest);
    }

    private static byte[] Fill(string template, string id, string token, string requestId) =>
        Bytes(
            template
                .Replace("@id", id, StringComparison.Ordinal)
                .Replace("@token", token, StringComparison.Ordinal)
                .Replace("@request", requestId, StringComparison.Ordinal)
        );

    private static string Value(Random dice) =>
        dice.Next(3) switch
        {
            0 => $"{dice.NextInt64()}",
            1 => $"\"{new string('é', dice.Next(30))}\"",
            _ => $"{dice.Next(10)}",
        };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
