using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Gantry.Flow;

/// <summary>What a secret looks like in a text.</summary>
/// <param name="Form">Takes time in proportion to the text, whatever stands in it.</param>
public sealed record SecretPattern(string Name, Regex Form)
{
    /// <summary>Stands for the values that the server itself was configured with.</summary>
    public const string Configured = "configured";

    /// <summary>How long one pattern may look through one text.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>The patterns that have a name.</summary>
    public static ImmutableArray<SecretPattern> Named { get; } =
    [
        Make("aws_key", @"\b(AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
        Make(
            "aws_secret",
            @"(?i)\baws[a-z_ .-]{0,20}(secret|key)[a-z_ .-]{0,20}[""' ]{0,3}[:=][""' ]{0,3}(?-i)[A-Za-z0-9/+=]{40}"
        ),
        Make(
            "private_key",
            @"-----BEGIN [A-Z ]{0,40}PRIVATE KEY( BLOCK)?-----[\s\S]*?(-----END [A-Z ]{0,40}PRIVATE KEY( BLOCK)?-----|\z)"
        ),
        Make("jwt", @"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
        Make("github_token", @"\b(gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})"),
        Make("slack_token", @"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}"),
        Make("google_key", @"\bAIza[A-Za-z0-9_-]{35}"),
        Make("stripe_key", @"\b[rs]k_(live|test)_[A-Za-z0-9]{10,247}"),
        Make("url_password", @"\b[a-z][a-z0-9+.-]{1,30}://[^\s/:@""']{0,200}:[^\s/@""']{1,200}@"),
    ];

    public static SecretPattern? Find(string name) =>
        Named.FirstOrDefault(pattern => pattern.Name == name);

    /// <summary>A pattern of the operator's own.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    /// <exception cref="NotSupportedException">It looks around or back, which no expression can
    /// that keeps to linear time.</exception>
    public static SecretPattern Parse(string form) => Make("own", form);

    private static SecretPattern Make(string name, string form) =>
        new(
            name,
            new(form, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_patience)
        );
}
