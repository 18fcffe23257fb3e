using System.Text;
using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Gateway.Routing;

/// <summary>What to answer to a name that no server has.</summary>
internal static class UnknownServer
{
    /// <summary>How many names an answer lists.</summary>
    public const int MaxNames = 50;

    private const int MaxShown = 64;

    public static string Explain(BoardSnapshot board, ReadOnlySpan<char> asked)
    {
        var names = board.Config.Servers.Keys;
        if (asked.IsEmpty)
        {
            return $"Say which server, as in /mcp/{{server}}. {List(names)}";
        }

        var text = new string(asked[..Math.Min(asked.Length, MaxShown)]);
        var meant = Nearest(names, text) is { } near ? $" Did you mean '{near}'?" : "";
        return $"There is no server '{text}'.{meant} {List(names)}";
    }

    private static string List(IEnumerable<ServerName> names)
    {
        var text = new StringBuilder();
        var count = 0;
        foreach (var name in names)
        {
            if (count++ < MaxNames)
            {
                text.Append(count == 1 ? "Servers: " : ", ").Append(name);
            }
        }

        return count switch
        {
            0 => "The configuration has no servers.",
            > MaxNames => text.Append($" and {count - MaxNames} more.").ToString(),
            _ => text.Append('.').ToString(),
        };
    }

    private static ServerName? Nearest(IEnumerable<ServerName> names, string asked)
    {
        ServerName? nearest = null;
        var shortest = (asked.Length / 3) + 1;
        foreach (var name in names)
        {
            var distance = Distance(name.ToString(), asked);
            if (distance <= shortest && (nearest is null || distance < shortest))
            {
                (nearest, shortest) = (name, distance);
            }
        }

        return nearest;
    }

    private static int Distance(string one, string other)
    {
        Span<int> row = stackalloc int[MaxShown + 1];
        for (var j = 0; j <= other.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var swap = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(swap, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[other.Length];
    }
}
