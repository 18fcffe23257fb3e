using System.Net.Http.Headers;
using System.Text;

namespace Gantry.Access;

/// <summary>What somebody presents to be let in.</summary>
internal abstract record Credential
{
    private const int MaxLength = 16 * 1024;

    private Credential() { }

    public sealed record None : Credential;

    /// <summary>An API key, or what looks like one.</summary>
    public sealed record Key(string Text) : Credential;

    public sealed record Token(string Text) : Credential;

    public sealed record Password(string Name, string Secret) : Credential;

    /// <summary>Nothing that is understood.</summary>
    public sealed record Unknown : Credential;

    /// <summary>The X-API-Key header goes first: then Authorization may be meant for a server.
    /// </summary>
    public static Credential Read(Presented presented)
    {
        if (presented.Key.Length > 0)
        {
            return new Key(presented.Key);
        }

        if (presented.Authorization.Length == 0)
        {
            return new None();
        }

        return
            presented.Authorization.Length <= MaxLength
            && AuthenticationHeaderValue.TryParse(presented.Authorization, out var header)
            ? Read(header.Scheme.ToUpperInvariant(), header.Parameter ?? "")
            : new Unknown();
    }

    // Never the secret itself.
    public sealed override string ToString() => GetType().Name;

    private static Credential Read(string scheme, string parameter) =>
        scheme switch
        {
            "BEARER" when KeyText.IsKey(parameter) => new Key(parameter),
            "BEARER" when parameter.Length > 0 => new Token(parameter),
            "BASIC" => ReadPassword(parameter),
            _ => new Unknown(),
        };

    private static Credential ReadPassword(string parameter)
    {
        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length))
        {
            return new Unknown();
        }

        return Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [var name, var secret]
            ? new Password(name, secret)
            : new Unknown();
    }
}

/// <summary>What was found about a credential.</summary>
internal abstract record Verdict
{
    private Verdict() { }

    public sealed record Welcome(Admission Admission) : Verdict;

    /// <summary>It is nothing that concerns us; whoever sent it may come in if anybody may.
    /// </summary>
    public sealed record Ignored : Verdict;

    /// <summary>It is wrong, and why is nobody's business.</summary>
    public sealed record Wrong : Verdict;

    /// <summary>It is right, but not enough.</summary>
    public sealed record Insufficient(string Detail) : Verdict;

    /// <summary>It cannot be judged now.</summary>
    public sealed record Unable(string Detail) : Verdict;

    public static Wrong No { get; } = new();
}
