using System.Text.RegularExpressions;

namespace Gantry.Access;

/// <summary>What a tenant may be called.</summary>
public static partial class TenantName
{
    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex Form { get; }

    public static bool IsValid(string text) => Form.IsMatch(text);
}
