using System.Text;
using Gantry.Config;

namespace Gantry.Tracing;

/// <summary>
/// Takes the secrets out of a message: the server's own, those under telling names, and what looks
/// like a token. What is left is JSON.
/// </summary>
internal sealed class Redactor(SecretTexts secrets)
{
    /// <summary>How many texts within texts are read as JSON.</summary>
    private const int MaxNesting = 3;

    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <param name="utf8">A message, or its beginning.</param>
    /// <param name="budget">About how many bytes may be left of it.</param>
    public Redacted Redact(ReadOnlySpan<byte> utf8, int budget) => Redact(utf8, budget, 0);

    /// <summary>An id as JSON text, which too can be a secret, however foolish.</summary>
    public string? HideId(string? id) =>
        id is null || Hide(id, 0) == id ? id : $"\"{SecretTexts.Hidden}\"";

    private Redacted Redact(ReadOnlySpan<byte> utf8, int budget, int nesting)
    {
        using var output = new RedactedJson(text => Hide(text, nesting), budget);
        output.Copy(utf8);
        return output.ToRedacted();
    }

    private string Hide(string text, int nesting)
    {
        if (nesting < MaxNesting && LooksLikeJson(text))
        {
            text = HideWithin(text, nesting + 1);
        }

        return TokenTexts.Hide(secrets.Hide(text));
    }

    private string HideWithin(string text, int nesting)
    {
        var utf8 = s_strict.GetBytes(text);
        var inner = Redact(utf8, int.MaxValue, nesting);
        return inner is { IsCut: false, Hidden: > 0 } ? s_strict.GetString(inner.Utf8.Span) : text;
    }

    private static bool LooksLikeJson(string text) =>
        text.AsSpan().TrimStart() is ['{' or '[', ..]
        && text.AsSpan().TrimEnd() is [.., '}' or ']'];
}

/// <param name="Hidden">How many values are hidden.</param>
/// <param name="IsCut">Whether something of it is left out.</param>
internal readonly record struct Redacted(ReadOnlyMemory<byte> Utf8, int Hidden, bool IsCut);
