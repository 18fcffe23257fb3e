using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Gantry.Tracing;

/// <summary>What holds of every message, however strange.</summary>
public sealed class RedactionPropertyTests
{
    private const string Secret = "canary-3f9a1c";

    private static readonly FsCheck.Config s_config =
        FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2_000);

    private static readonly Gen<string> s_text = Gen.OneOf(
        ArbMap.Default.GeneratorFor<string>().Select(text => Quote(text ?? "")),
        Gen.Elements(
            Quote(Secret),
            Quote($"Bearer {Secret}"),
            Quote($$"""{"password":"{{Secret}}","x":["{{Secret}}"]}"""),
            Quote($"[{Secret}]"),
            Quote("{\"a\":1}{"),
            "\"\\ud800\"",
            "\"\\u0063anary-3f9a1c\"",
            "\"token=\\\"\\\\\""
        )
    );

    private static readonly Gen<string> s_name = Gen.OneOf(
        s_text,
        Gen.Elements("\"token\"", "\"a\"", "\"PASSWORD\"", "\"params\"")
    );

    [Fact]
    public void Whatever_is_redacted_is_json_without_the_secret() =>
        Check.One(
            s_config,
            Prop.ForAll(
                Value(4).ToArbitrary(),
                Gen.Choose(1, 400).ToArbitrary(),
                (json, budget) => IsFit(RedactorTests.New().Redact(Utf8(json), budget).Utf8)
            )
        );

    [Fact]
    public void Whatever_a_message_begins_with_becomes_json() =>
        Check.One(
            s_config,
            Prop.ForAll(
                Value(4).ToArbitrary(),
                Gen.Choose(0, 400).ToArbitrary(),
                (json, length) =>
                {
                    var utf8 = Utf8(json);
                    var part = utf8.AsSpan(0, Math.Min(length, utf8.Length));
                    return IsFit(RedactorTests.New().Redact(part, int.MaxValue).Utf8);
                }
            )
        );

    [Fact]
    public void What_was_redacted_stays_as_it_is() =>
        Check.One(
            s_config,
            Prop.ForAll(
                Value(4).ToArbitrary(),
                json =>
                {
                    var once = RedactorTests.New().Redact(Utf8(json), int.MaxValue);
                    var twice = RedactorTests.New().Redact(once.Utf8.Span, int.MaxValue);
                    return once.Utf8.Span.SequenceEqual(twice.Utf8.Span);
                }
            )
        );

    private static Gen<string> Value(int depth)
    {
        var leaf = Gen.OneOf(s_text, Gen.Elements("1", "-2.5e7", "12345678", "true", "null"));
        return depth == 0
            ? leaf
            : Gen.OneOf(
                leaf,
                Value(depth - 1).ArrayOf(3).Select(items => $"[{string.Join(',', items)}]"),
                Member(depth).ArrayOf(3).Select(members => $"{{{string.Join(',', members)}}}")
            );
    }

    private static Gen<string> Member(int depth) =>
        from name in s_name
        from value in Value(depth - 1)
        select $"{name}:{value}";

    private static bool IsFit(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        var text = Encoding.UTF8.GetString(utf8.Span);
        return !text.Contains(Secret, StringComparison.Ordinal) && !text.Contains('\n');
    }

    private static string Quote(string text)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStringValue(text);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
