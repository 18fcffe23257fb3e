using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Gantry.Config;

/// <summary>
/// The name of a server: a DNS label, so that every runtime and every URL accepts it.
/// </summary>
public readonly partial record struct ServerName : IComparable<ServerName>
{
    private readonly string? _value;

    private ServerName(string value) => _value = value;

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex Label { get; }

    public static bool TryParse([NotNullWhen(true)] string? text, out ServerName name)
    {
        if (text is not null && Label.IsMatch(text))
        {
            name = new(text);
            return true;
        }

        name = default;
        return false;
    }

    public static ServerName Parse(string text) =>
        TryParse(text, out var name)
            ? name
            : throw new FormatException($"'{text}' is not a server name.");

    public int CompareTo(ServerName other) => string.CompareOrdinal(_value, other._value);

    public override string ToString() =>
        _value ?? throw new InvalidOperationException("Unset server name.");
}
