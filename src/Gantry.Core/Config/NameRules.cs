using System.Collections.Immutable;

namespace Gantry.Config;

/// <summary>Which of several things by name there are: those allowed, without those denied.</summary>
/// <param name="Allow">Empty for all.</param>
public sealed record NameRules(ImmutableArray<Glob> Allow, ImmutableArray<Glob> Deny)
{
    public static NameRules None { get; } = new([], []);

    public bool AreNone => Allow.IsEmpty && Deny.IsEmpty;

    /// <summary>A rule that forbids is not evaded by writing a name in capitals, for servers that
    /// do not mind; one that allows means what it says.</summary>
    public bool Permits(string name) =>
        (Allow.IsEmpty || Allow.Any(glob => glob.Matches(name, ignoreCase: false)))
        && !Deny.Any(glob => glob.Matches(name, ignoreCase: true));

    /// <summary>The same for a URI, which may be written in several ways: all of them must be
    /// permitted, and none may lead elsewhere.</summary>
    public bool PermitsUri(string uri)
    {
        if (AreNone)
        {
            return true;
        }

        var plain = Uri.UnescapeDataString(uri);
        return Permits(uri)
            && Permits(plain)
            && !plain.Contains('\\')
            && !plain.Contains('%')
            && !plain.Split('/', '?', '#').Any(part => part is "." or "..");
    }

    public override string ToString() => $"+{string.Join(' ', Allow)} -{string.Join(' ', Deny)}\n";
}
