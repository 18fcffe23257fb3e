using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gantry.Config;

namespace Gantry.Flow;

/// <summary>Hides secrets in the strings of a JSON text, and leaves every other byte as it is.</summary>
/// <param name="patterns">What secrets look like.</param>
/// <param name="secrets">Known secrets.</param>
/// <param name="maxDepth">How deep the JSON may be.</param>
public sealed class Redaction(
    ImmutableArray<SecretPattern> patterns,
    SecretTexts secrets,
    int maxDepth
)
{
    /// <param name="redact">Names of patterns, or expressions between slashes.</param>
    public static Redaction Make(
        ImmutableArray<string> redact,
        SecretTexts secrets,
        int maxDepth
    ) =>
        new(
            [.. redact.Select(Find).OfType<SecretPattern>()],
            redact.Contains(SecretPattern.Configured) ? secrets : SecretTexts.None,
            maxDepth
        );

    /// <summary>Null when there was nothing to hide.</summary>
    /// <exception cref="RegexMatchTimeoutException">It could not be looked through in time.
    /// </exception>
    public byte[]? Apply(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new() { MaxDepth = maxDepth });
        var place = new Place();
        ArrayBufferWriter<byte>? output = null;
        var copied = 0;
        while (reader.Read())
        {
            place.Note(ref reader);
            if (
                reader.TokenType is JsonTokenType.String
                && !place.IsBinary
                && Hide(ref reader) is { } hidden
            )
            {
                output ??= new(json.Length);
                output.Write(json[copied..(int)reader.TokenStartIndex]);
                WriteString(output, hidden);
                copied = (int)reader.BytesConsumed;
            }
        }

        output?.Write(json[copied..]);
        return output?.WrittenSpan.ToArray();
    }

    /// <summary>The same text when there was nothing to hide.</summary>
    public string Apply(string text)
    {
        text = secrets.Hide(text);
        foreach (var pattern in patterns)
        {
            text = pattern.Form.Replace(text, $"[redacted {pattern.Name}]");
        }

        return text;
    }

    private static SecretPattern? Find(string redact) =>
        redact is ['/', .. var form, '/'] ? SecretPattern.Parse(form) : SecretPattern.Find(redact);

    // Null when there was nothing to hide.
    private string? Hide(ref Utf8JsonReader reader)
    {
        string text;
        try
        {
            text = reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: looked through as it is written.
            text = Encoding.UTF8.GetString(reader.ValueSpan);
        }

        var clean = Apply(text);
        return ReferenceEquals(clean, text) ? null : clean;
    }

    private static void WriteString(IBufferWriter<byte> output, string text)
    {
        output.Write("\""u8);
        output.Write(
            JsonEncodedText
                .Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)
                .EncodedUtf8Bytes
        );
        output.Write("\""u8);
    }

    /// <summary>Where in a result the reader stands: pictures and sounds hold no readable secret,
    /// and one changed letter would break them.</summary>
    private struct Place
    {
        private bool _isContent;

        public bool IsBinary { get; private set; }

        public void Note(ref Utf8JsonReader reader)
        {
            if (reader.TokenType is not JsonTokenType.PropertyName)
            {
                return;
            }

            if (reader.CurrentDepth == 1)
            {
                _isContent =
                    reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("contents"u8);
            }

            IsBinary =
                _isContent
                && reader.CurrentDepth is 3 or 4
                && (reader.ValueTextEquals("data"u8) || reader.ValueTextEquals("blob"u8));
        }
    }
}
