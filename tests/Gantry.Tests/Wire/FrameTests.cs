using System.Text;
using Xunit;

namespace Gantry.Wire;

public sealed class FrameTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", FrameKind.Request)]
    [InlineData("""{"jsonrpc":"2.0","method":"ping"}""", FrameKind.Notification)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":null}""", FrameKind.Response)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{}}""", FrameKind.Response)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"error":{}}""", FrameKind.Response)]
    [InlineData(
        """ { "x" : [1] , "jsonrpc" : "2.0" , "method":"ping" } """,
        FrameKind.Notification
    )]
    public void A_message_is_a_request_a_notification_or_a_response(string json, FrameKind kind)
    {
        using var frame = Parse(json);

        Assert.Equal(kind, frame.Kind);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("{", false)]
    [InlineData("\uFEFF{\"jsonrpc\":\"2.0\",\"method\":\"x\"}", false)]
    [InlineData("""{"jsonrpc":"2.0","method":"x"}{}""", false)]
    [InlineData("""{"jsonrpc":"2.0","method":"x",}""", false)]
    [InlineData("""{"jsonrpc":"2.0","method":"x"/**/}""", false)]
    [InlineData("""{"jsonrpc":"2.0","method":"\ud800"}""", false)]
    [InlineData("""{"\ud800\ud800":1,"jsonrpc":"2.0","method":"x"}""", false)]
    [InlineData("[]", true)]
    [InlineData("1", true)]
    [InlineData("{}", true)]
    [InlineData("""{"id":1,"method":"x"}""", true)]
    [InlineData("""{"jsonrpc":"1.0","method":"x"}""", true)]
    [InlineData("""{"jsonrpc":2,"method":"x"}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":1}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"x"}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"x"}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":true,"method":"x"}""", true)]
    [InlineData("""{"jsonrpc":"2.0","method":1}""", true)]
    [InlineData("""{"jsonrpc":"2.0","method":"x\u0000y"}""", true)]
    [InlineData("""{"jsonrpc":"2.0","method":"x\"y"}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","result":1}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{},"result":1}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"params":{},"result":1}""", true)]
    [InlineData("""{"jsonrpc":"2.0","result":1}""", true)]
    public void What_is_no_message_does_not_enter(string json, bool isJson)
    {
        var refusal = Assert.Throws<NotAFrameException>(() => Parse(json));

        Assert.Equal(isJson, refusal.IsJson);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","id":2}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","\u0069d":2}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","ID":2}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","Method":"y"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","\u004dethod":"y"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","param\u017f":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","paramſ":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"x","params":{},"params":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":1,"result":2}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"x","params":{"name":"a","name":"b"}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"x","params":{"name":"a","Name":"b"}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"x","params":{"uri":"a","URI":"b"}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"x","params":{"_meta":{},"_META":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"x","params":{"_meta":{},"_meta":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"x","params":{"requestId":1,"requeſtid":2}}""")]
    [InlineData(
        """{"jsonrpc":"2.0","method":"x","params":{"_meta":{"progressToken":1,"progressToken":2}}}"""
    )]
    [InlineData(
        """{"jsonrpc":"2.0","method":"x","params":{"_meta":{"progressToken":1,"progressTo\u212aen":2}}}"""
    )]
    public void A_key_that_matters_occurs_once_and_in_one_spelling(string json) =>
        Assert.Throws<NotAFrameException>(() => Parse(json));

    [Fact]
    public void Other_keys_may_be_called_anything()
    {
        const string json =
            """{"jsonrpc":"2.0","id":1,"method":"x","trace":1,"params":{"arguments":{"name":1,"Name":2,"name":3},"größe":1,"kind":2}}""";

        using var frame = Parse(json);

        Assert.Equal(json, frame.ToString());
    }

    [Fact]
    public void A_message_over_several_lines_becomes_one_line()
    {
        using var frame = Parse(
            "{\"jsonrpc\":\"2.0\",\r\n\"method\":\"x\",\n\"params\":{\"a\":\r\"\\n\"}\n}"
        );

        Assert.DoesNotContain('\n', frame.ToString());
        Assert.DoesNotContain('\r', frame.ToString());
        Assert.Equal("{\"a\": \"\\n\"}", Text(frame, frame.Body));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"a":[1,{}]},"b":[]}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":"1","result":{"_meta":{"a":null},"b":[["c"],-1.5]}}""")]
    [InlineData("""{"jsonrpc":"2.0","error":{"code":-1,"message":""},"other":[true,{"d":1}]}""")]
    public void Wherever_a_line_may_break_none_is_left(string json)
    {
        var seen = 0;
        for (var at = 0; at <= json.Length; at++)
        {
            if (TryParse(json.Insert(at, "\n")) is not { } frame)
            {
                continue;
            }

            using (frame)
            {
                Assert.Equal(json.Insert(at, " "), frame.ToString());
                seen++;
            }
        }

        // At the least around each of these; not within a word or a string.
        Assert.InRange(seen, json.Count(letter => "{}[]:,".Contains(letter)), json.Length);
    }

    [Fact]
    public void A_second_message_in_a_string_stays_in_it() =>
        Assert.Throws<NotAFrameException>(() =>
            Parse("{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{\"a\":\"\n{}\n\"}}")
        );

    [Fact]
    public void An_escaped_method_is_written_plainly()
    {
        using var frame = Parse("""{"jsonrpc":"2.0","id":1,"method":"to\u006fls\/call"}""");

        Assert.True(frame.IsMethod("tools/call"u8));
        Assert.Equal("\"tools/call\"", Text(frame, frame.Method));
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"method":"tools/call"      }""", frame.ToString());
    }

    [Theory]
    [InlineData("\\ud800", "\\ufffd")]
    [InlineData("\\udC00x", "\\ufffdx")]
    [InlineData("\\uD83d\\uDe00", "\\uD83d\\uDe00")]
    [InlineData("\\ud83d\\ud83d\\ude00", "\\ufffd\\ud83d\\ude00")]
    [InlineData("\\\\ud800", "\\\\ud800")]
    [InlineData("\\ud800\\n", "\\ufffd\\n")]
    public void Half_a_surrogate_pair_is_no_text_and_becomes_what_stands_for_none(
        string text,
        string instead
    )
    {
        using var frame = Parse(
            $$"""{"jsonrpc":"2.0","id":"\ud800","result":[{"{{text}}":["{{text}}"]}]}"""
        );

        Assert.Equal($$"""[{"{{instead}}":["{{instead}}"]}]""", Text(frame, frame.Body));
        Assert.Equal("\"\\ud800\"", Text(frame, frame.Id));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"1\"")]
    [InlineData("-1.50e+3")]
    [InlineData("12345678901234567890123456789012345678901234567890")]
    [InlineData("\"\\u0061\"")]
    public void An_id_keeps_its_text(string id)
    {
        using var frame = Parse($$"""{"jsonrpc":"2.0","id":{{id}},"method":"x"}""");

        Assert.Equal(id, Text(frame, frame.Id));
    }

    [Fact]
    public void A_messages_parts_are_found()
    {
        using var frame = Parse(
            """{"method":"tools/call","params":{"uri":"u","_meta":{"a":[{}],"progressToken":"t"},"name":"n"},"id":7,"jsonrpc":"2.0"}"""
        );

        Assert.Equal("7", Text(frame, frame.Id));
        Assert.Equal("\"n\"", Text(frame, frame.Name));
        Assert.Equal("\"u\"", Text(frame, frame.Uri));
        Assert.Equal("\"t\"", Text(frame, frame.ProgressToken));
        Assert.StartsWith("{\"uri\"", Text(frame, frame.Body));
    }

    [Fact]
    public void What_a_request_calls_a_progress_token_outside_its_meta_is_its_own()
    {
        using var request = Parse(
            """{"jsonrpc":"2.0","id":1,"method":"x","params":{"progressToken":1,"requestId":2}}"""
        );
        using var progress = Parse(
            """{"jsonrpc":"2.0","method":"x","params":{"progressToken":1,"requestId":2}}"""
        );

        Assert.True(request.ProgressToken.IsEmpty && request.RequestId.IsEmpty);
        Assert.Equal("1", Text(progress, progress.ProgressToken));
        Assert.Equal("2", Text(progress, progress.RequestId));
    }

    [Theory]
    [InlineData(254, true)]
    [InlineData(256, false)]
    public void A_message_nests_only_so_deep(int depth, bool enters)
    {
        var nested = new string('[', depth) + new string(']', depth);
        var json = $$"""{"jsonrpc":"2.0","method":"x","params":{{nested}}}""";

        Assert.Equal(enters, Record.Exception(() => Parse(json).Dispose()) is null);
    }

    [Fact]
    public void Bytes_that_are_not_text_do_not_enter()
    {
        byte[] json = [.. """{"jsonrpc":"2.0","method":"x","a":" """u8, 0xC3, 0x28, .. "\"}"u8];

        Assert.Throws<NotAFrameException>(() => Frame.Parse(json));
    }

    [Fact]
    public void Random_changes_are_refused_or_read_but_never_crash()
    {
        var dice = new Random(2);
        var seed = Encoding.UTF8.GetBytes(
            """{"jsonrpc":"2.0","id":"\u00e9","method":"to\u006fls\/call","params":{"_meta":{"progressToken":"t"},"na\u006de":"n","uri":"u"}}"""
        );
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = seed.ToArray();
            for (var change = dice.Next(1, 4); change > 0; change--)
            {
                bytes[dice.Next(bytes.Length)] = (byte)dice.Next(256);
            }

            var failure = Record.Exception(() => Frame.Parse(bytes).Dispose());
            Assert.True(failure is null or NotAFrameException, failure?.ToString());
        }
    }

    private static Frame Parse(string json) => Frame.Parse(Encoding.UTF8.GetBytes(json));

    private static Frame? TryParse(string json)
    {
        try
        {
            return Parse(json);
        }
        catch (NotAFrameException)
        {
            return null;
        }
    }

    private static string Text(Frame frame, Slot slot) => Encoding.UTF8.GetString(frame[slot]);
}
