using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>Names of servers, as files have them.</summary>
internal static class Names
{
    private const int MaxLength = 63;

    /// <summary>In our own format a name must be right; a wrong one is reported.</summary>
    public static Placed<ServerName>? ReadOwn(Node? node, Report report)
    {
        if (Shapes.Text.Read("name", node ?? s_nothing, report, null) is not { } text)
        {
            return null;
        }

        if (ServerName.TryParse(text.Value, out var name))
        {
            return new(name, text.Place);
        }

        report.Add(text.Place, ServerFaults.BadName(text.Value));
        return null;
    }

    /// <summary>Other programs allow more; what an address cannot hold is replaced, with a
    /// remark.</summary>
    public static Placed<ServerName>? ReadForeign(Node? node, Report report)
    {
        if (Shapes.Text.Read("name", node ?? s_nothing, report, null) is not { } text)
        {
            return null;
        }

        if (!ServerName.TryParse(Simplify(text.Value), out var name))
        {
            report.Add(text.Place, ServerFaults.BadName(text.Value));
            return null;
        }

        if (name.ToString() != text.Value)
        {
            report.For(name).Add(text.Place, ServerFaults.Renamed(text.Value, name));
        }

        return new(name, text.Place);
    }

    private static readonly Node s_nothing = new Node.Sequence(new("", 1, 1), []);

    private static string Simplify(string text)
    {
        var simple = string.Create(
            Math.Min(MaxLength, text.Length),
            text,
            (name, from) =>
            {
                for (var i = 0; i < name.Length; i++)
                {
                    name[i] = char.IsAsciiLetterOrDigit(from[i])
                        ? char.ToLowerInvariant(from[i])
                        : '-';
                }
            }
        );
        return simple.Trim('-');
    }
}
