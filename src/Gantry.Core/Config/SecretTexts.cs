using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gantry.Config;

/// <summary>
/// The values that stand behind a server's variables, to be hidden wherever the server's own words
/// are shown.
/// </summary>
public sealed class SecretTexts
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Hidden = "***";

    /// <summary>How long a value must be to be hidden.</summary>
    // Shorter values are more likely to be words, paths and numbers than secrets, and hiding every
    // "5" or "." would make a log unreadable.
    public const int MinLength = 6;

    // The longest first, so that a secret within another does not leave half of that visible.
    private readonly ImmutableArray<string> _secrets;

    private SecretTexts(IEnumerable<string> secrets) =>
        _secrets = [
            .. secrets
                .Where(secret => secret.Length >= MinLength)
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(secret => secret.Length),
        ];

    public static SecretTexts None { get; } = new([]);

    public static SecretTexts Of(ServerSpec spec) =>
        new(
            spec.Environment.Values.Concat(Texts(spec.Runtime))
                .Where(text => text.HasVariables)
                .Select(FilledIn)
                .Concat(Headers(spec.Runtime))
                .SelectMany(Forms)
        );

    /// <summary>Both together.</summary>
    public SecretTexts With(SecretTexts others) => new(_secrets.Concat(others._secrets));

    public string Hide(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        }

        return text;
    }

    private static IEnumerable<Expandable> Texts(RuntimeSpec runtime) =>
        runtime switch
        {
            ProcessSpec process =>
            [
                .. process.Arguments,
                process.Command,
                new(process.ShownDirectory, process.Directory),
            ],
            RemoteSpec remote => [remote.Url, .. remote.Headers.Values],
            _ => [],
        };

    // A header is mostly a secret, also where it stands in the file as it is; and what it begins
    // with, such as Bearer, is none.
    private static IEnumerable<string> Headers(RuntimeSpec runtime) =>
        runtime is RemoteSpec remote
            ? remote.Headers.Values.SelectMany(text => text.Value.Split(' '))
            : [];

    // A log is read line by line, programs like to print a value as JSON, and what goes into an
    // address or a header is often encoded.
    private static IEnumerable<string> Forms(string secret) =>
        [
            .. secret.Split('\n', '\r'),
            JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value,
            Uri.EscapeDataString(secret),
            Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)),
        ];

    // "Bearer ${TOKEN}": what stands around the variables is no secret.
    private static string FilledIn(Expandable text)
    {
        var before = text.Written.IndexOf("${", StringComparison.Ordinal);
        var after = text.Written.Length - text.Written.LastIndexOf('}') - 1;
        var isPlain = before >= 0 && before + after <= text.Value.Length;
        return isPlain ? text.Value[before..^after] : text.Value;
    }
}
