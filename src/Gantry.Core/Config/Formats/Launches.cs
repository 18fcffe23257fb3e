using Gantry.Config.Keys;
using Gantry.Config.Problems;

namespace Gantry.Config.Formats;

internal static class Launches
{
    /// <summary>What runs, with variables as they were written: to be replaced once they are
    /// known.</summary>
    public static ProcessSpec AsWritten(Launch launch) =>
        new(
            new(launch.Command.Value),
            [.. launch.Arguments.Select(argument => new Expandable(argument.Value))],
            launch.DefaultDirectory
        );

    public static Fault NoCommand(string remedy) =>
        KeyFaults.MissingKey("Nothing says what to start.", $"Add {remedy}.");
}
