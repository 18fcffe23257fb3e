using System.CommandLine.Parsing;
using Gantry.Config.Keys;

namespace Gantry.Cli;

/// <summary>Durations on the command line, written as in the configuration.</summary>
internal static class DurationOption
{
    public static TimeSpan? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens.Count > 0 ? argument.Tokens[0].Value : "";
        if (Durations.Parse(text) is { } duration && duration > TimeSpan.Zero)
        {
            return duration;
        }

        argument.AddError($"'{text}' is not a duration. Write it as 90s, 5m or 1h.");
        return null;
    }
}
