using System.Text;

namespace Gantry.Fuzz;

/// <summary>JSON-RPC messages of chance, right ones and almost right ones.</summary>
internal static class Pieces
{
    private static readonly string[] s_methods =
    [
        "initialize",
        "ping",
        "tools/call",
        "tools/list",
        "prompts/get",
        "resources/read",
        "resources/subscribe",
        "completion/complete",
        "logging/setLevel",
        "server/discover",
        "subscriptions/listen",
        "tasks/get",
        "notifications/cancelled",
        "notifications/progress",
        "notifications/initialized",
        "to\\u006fls\\/call",
        "x",
        "",
        "\\ud800",
        "größe",
    ];

    private static readonly string[] s_keys =
    [
        "id",
        "ID",
        "\\u0069d",
        "name",
        "Name",
        "uri",
        "_meta",
        "params",
        "param\\u017f",
        "arguments",
        "cursor",
        "progressToken",
        "requestId",
        "requestState",
        "inputResponses",
        "protocolVersion",
        "capabilities",
        "clientInfo",
        "level",
        "ref",
        "taskId",
        "notifications",
        "resultType",
        "ttlMs",
        "cacheScope",
        "tools",
        "inputSchema",
        "properties",
        "x-mcp-header",
        "type",
        "io.modelcontextprotocol/protocolVersion",
        "io.modelcontextprotocol/clientCapabilities",
        "io.modelcontextprotocol/clientInfo",
        "io.modelcontextprotocol/logLevel",
        "io.modelcontextprotocol/subscriptionId",
        "",
        "\\ud800",
        "\\udc00x",
        "é",
    ];

    private static readonly string[] s_texts =
    [
        "",
        "a",
        "t",
        "echo",
        "2025-11-25",
        "2026-07-28",
        "2099-01-01",
        "test://x",
        "é",
        "\uD83D\uDE00",
        "\\ud83d\\ude00",
        "\\ud800",
        "\\u0000",
        "\\n\\r\\t",
        "\\\"",
        "\\\\",
        "=?base64?YQ==?=",
        "gantry1.AAAA",
        "\u2028",
    ];

    private static readonly string[] s_numbers =
    [
        "0",
        "-0",
        "1",
        "7",
        "-1",
        "1.0",
        "1e2",
        "1e999",
        "-1E-400",
        "9007199254740993",
        "123456789012345678901234567890123456789012345678901234567890",
        "0.1e+1",
    ];

    public static string Message(Random dice)
    {
        var members = new List<string> { "\"jsonrpc\":\"2.0\"" };
        switch (dice.Next(5))
        {
            case 0:
                members.Add($"\"id\":{Id(dice)}");
                members.Add($"\"result\":{Value(dice, 4)}");
                break;
            case 1:
                members.Add($"\"method\":\"{Pick(dice, s_methods)}\"");
                members.Add($"\"params\":{Params(dice)}");
                break;
            default:
                members.Add($"\"id\":{Id(dice)}");
                members.Add($"\"method\":\"{Pick(dice, s_methods)}\"");
                members.Add($"\"params\":{Params(dice)}");
                break;
        }

        if (dice.Next(8) == 0)
        {
            members.Add($"\"{Pick(dice, s_keys)}\":{Value(dice, 3)}");
        }

        var all = members.ToArray();
        dice.Shuffle(all);
        return $"{Blank(dice)}{{{Blank(dice)}{string.Join(',', all)}{Blank(dice)}}}{Blank(dice)}";
    }

    /// <summary>An id, a progress token, or whatever else must be kept to the letter.</summary>
    public static string Id(Random dice) =>
        dice.Next(2) == 0 ? Pick(dice, s_numbers) : $"\"{Pick(dice, s_texts)}\"";

    public static string Value(Random dice, int depth) =>
        dice.Next(depth > 0 ? 7 : 4) switch
        {
            0 => Pick(dice, s_numbers),
            1 or 2 => $"\"{Pick(dice, s_texts)}\"",
            3 => Pick(dice, "true", "false", "null", "{}", "[]"),
            4 => $"[{string.Join(',', Some(dice, () => Value(dice, depth - 1)))}]",
            _ => $"{{{string.Join(',', Some(dice, () => Member(dice, depth - 1)))}}}",
        };

    public static T Pick<T>(Random dice, params ReadOnlySpan<T> all) => all[dice.Next(all.Length)];

    /// <summary>A text in which everything may occur that a text can hold.</summary>
    public static string Text(Random dice)
    {
        var text = new StringBuilder();
        for (var length = dice.Next(12); length > 0; length--)
        {
            text.Append(
                dice.Next(4) switch
                {
                    0 => new Rune(dice.Next(0x80)).ToString(),
                    1 => new Rune(dice.Next(0xE000, 0x10FFFF)).ToString(),
                    2 => Pick(dice, "=?base64?", "=?BASE64?", "?=", " ", "\t", "\r\n", "\0"),
                    _ => new Rune(dice.Next('a', 'z')).ToString(),
                }
            );
        }

        return text.ToString();
    }

    private static string Params(Random dice) =>
        dice.Next(6) switch
        {
            0 => Value(dice, 4),
            1 => $$"""{"name":"t","arguments":{{Value(dice, 4)}},"_meta":{{Value(dice, 2)}} }""",
            2 => $$"""{"_meta":{"progressToken":{{Id(dice)}},"a":{{Value(dice, 2)}}},"name":"t"}""",
            3 => $$"""{"requestId":{{Id(dice)}},"progressToken":{{Id(dice)}},"progress":1}""",
            4 =>
                $$"""{"protocolVersion":"2025-11-25","capabilities":{{Value(dice, 3)}},"clientInfo":{{Value(dice, 2)}} }""",
            _ =>
                $$"""{"uri":{{Value(dice, 0)}},"name":{{Value(dice, 0)}},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{Value(dice, 2)}} } }""",
        };

    private static string Member(Random dice, int depth) =>
        $"{Blank(dice)}\"{Pick(dice, s_keys)}\"{Blank(dice)}:{Blank(dice)}{Value(dice, depth)}";

    private static string Blank(Random dice) =>
        dice.Next(12) == 0 ? Pick(dice, " ", "\n", "\r\n", "\t", "\r") : "";

    private static List<string> Some(Random dice, Func<string> make) =>
        Enumerable.Range(0, dice.Next(4)).Select(_ => make()).ToList();
}
