using System.Text;
using Gantry.Config;
using Gantry.Config.Problems;
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
        var near = Nearest.To(text, names.Select(name => name.ToString()));
        var meant = near is null ? "" : $" Did you mean '{near}'?";
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
}
