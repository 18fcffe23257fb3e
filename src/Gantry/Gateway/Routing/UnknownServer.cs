using System.Text;
using Gantry.Config;
using Gantry.Config.Problems;
using Gantry.Reconcile;

namespace Gantry.Gateway.Routing;

/// <summary>What to answer to a name that no server and no group has.</summary>
internal static class UnknownServer
{
    /// <summary>How many names an answer lists.</summary>
    public const int MaxNames = 50;

    private const int MaxShown = 64;

    private const string GroupPrefix = "g/";

    public static string Explain(BoardSnapshot board, ReadOnlySpan<char> asked)
    {
        var text = new string(asked[..Math.Min(asked.Length, MaxShown)]);
        var groups = board.Config.Groups.Keys;
        var names = board.Config.Servers.Keys;
        return text.StartsWith(GroupPrefix, StringComparison.Ordinal)
            ? Explain("group", text[GroupPrefix.Length..], groups)
            : $"{Explain("server", text, names)} {List(names)}";
    }

    private static string Explain(string what, string asked, IEnumerable<ServerName> names)
    {
        var near = Nearest.To(asked, names.Select(name => name.ToString()));
        return $"There is no {what} '{asked}'." + (near is null ? "" : $" Did you mean '{near}'?");
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
