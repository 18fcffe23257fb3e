using System.Text;
using System.Text.Json;
using Gantry.Gateway.Http;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Runtimes.Remote.Http;
using Gantry.Wire;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gantry.Fuzz;

/// <summary>Headers of requests that stand alone, made and read.</summary>
public sealed class HeaderFuzzTests
{
    private const string Revision = "2026-07-28";

    [Fact]
    public void A_text_in_a_header_is_read_as_it_was_written() =>
        Fuzzer
            .Make()
            .Run(
                5_000,
                one =>
                {
                    var text = one.Note(Pieces.Text(one.Dice));

                    var header = one.Note(ProtocolHeaders.Encode(text));

                    Assert.Equal(text, HeaderText.Decode(header));
                    Assert.DoesNotContain(header, letter => letter is < ' ' or > '~');
                }
            );

    [Fact]
    public void Headers_that_say_what_the_message_says_are_taken_and_no_others() =>
        Fuzzer.Make().Run(5_000, CheckNamed);

    [Fact]
    public void Whatever_headers_come_with_whatever_message_it_is_taken_or_refused() =>
        Fuzzer
            .Make()
            .Run(
                5_000,
                one =>
                {
                    var utf8 = one.Note(Encoding.UTF8.GetBytes(Pieces.Message(one.Dice)));
                    if (Record.Exception(() => Frame.Parse(utf8).Dispose()) is null)
                    {
                        using var message = Frame.Parse(utf8);
                        var refusal = RequestHeaders.Check(Any(one), message);
                        Assert.True(refusal is null or { Code: < -32000, Message.Length: > 0 });
                        if (message.Kind is not FrameKind.Response)
                        {
                            _ = ProtocolHeaders.Of(message, Revision, []);
                        }
                    }
                }
            );

    [Fact]
    public void Whatever_tools_a_server_lists_their_headers_are_learned_or_not() =>
        Fuzzer.Make().Run(5_000, CheckTools);

    private static void CheckNamed(Case one)
    {
        var name = JsonEncodedText.Encode(Pieces.Text(one.Dice));
        var utf8 = one.Note(
            $$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{name}}","_meta":{"io.modelcontextprotocol/protocolVersion":"{{Revision}}","io.modelcontextprotocol/clientCapabilities":{} } } }"""
        );
        using var message = Frame.Parse(Encoding.UTF8.GetBytes(utf8));
        var headers = new HeaderDictionary();
        foreach (var (key, value) in ProtocolHeaders.Of(message, Revision, []))
        {
            headers[key] = value;
        }

        Assert.Null(RequestHeaders.Check(headers, message));
        var changed = Pieces.Pick(one.Dice, [.. headers.Keys]);
        var was = HeaderText.Decode(headers[changed].ToString());
        var damaged = Damage.Once(Encoding.UTF8.GetBytes(headers[changed].ToString()), one.Dice);
        headers[changed] = one.Note(Encoding.UTF8.GetString(damaged));
        var isSame = HeaderText.Decode(headers[changed].ToString()) == was;
        Assert.Equal(isSame, RequestHeaders.Check(headers, message) is null);
    }

    private static HeaderDictionary Any(Case one)
    {
        var headers = new HeaderDictionary();
        foreach (var name in new[] { "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name" })
        {
            headers[name] = one.Note(
                Pieces.Pick(one.Dice, Revision, "tools/call", "t", Pieces.Text(one.Dice), "")
            );
        }

        return headers;
    }

    private static void CheckTools(Case one)
    {
        var tools = Enumerable.Range(0, one.Dice.Next(3)).Select(_ => Tool(one.Dice));
        var answer = one.Note(
            $$"""{"jsonrpc":"2.0","id":1,"result":{"tools":[{{string.Join(',', tools)}}],"x":{{Pieces.Value(one.Dice, 2)}} } }"""
        );
        using var frame = Frame.Parse(Encoding.UTF8.GetBytes(answer));
        using var json = JsonDocument.Parse(frame.Slice(frame.Body));
        using var asked = Frame.Parse(
            """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}"""u8
        );
        var known = new ToolHeaders();

        known.Learn(asked, frame, (_, _) => { })?.Dispose();
        foreach (var tool in json.RootElement.GetProperty("tools").EnumerateArray())
        {
            _ = ParameterRule.Of(tool);
        }

        var call = one.Note(
            $$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{{Pieces.Value(one.Dice, 4)}} } }"""
        );
        using var request = Frame.Parse(Encoding.UTF8.GetBytes(call));
        _ = known.Of(request, Envelope.Own).ToList();
    }

    private static string Tool(Random dice)
    {
        var name = dice.Next(3) == 0 ? Pieces.Value(dice, 1) : "\"t\"";
        var mark = dice.Next(3) == 0 ? Pieces.Value(dice, 1) : "\"X\"";
        var key = Pieces.Pick(dice, "a", "name", "é", "\\ud800", "id");
        var type = Pieces.Pick(dice, "string", "integer", "object");
        return dice.Next(4) == 0
            ? Pieces.Value(dice, 4)
            : $$$"""{"name":{{{name}}},"inputSchema":{"type":"object","properties":{"{{{key}}}":{"type":"{{{type}}}","x-mcp-header":{{{mark}}} } } } }""";
    }
}
