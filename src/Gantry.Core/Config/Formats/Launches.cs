using System.Diagnostics;
using Gantry.Config.Keys;
using Gantry.Config.Problems;

namespace Gantry.Config.Formats;

internal static class Launches
{
    /// <summary>What runs, with variables as they were written: to be replaced once they are
    /// known.</summary>
    private static ProcessSpec AsWritten(Launch launch) =>
        new(
            new(launch.Command.Value),
            [.. launch.Arguments.Select(argument => new Expandable(argument.Value))],
            launch.DefaultDirectory
        );

    /// <summary>Likewise for whatever brings it about.</summary>
    public static RuntimeSpec AsWritten(Means means) =>
        means switch
        {
            Launch launch => AsWritten(launch),
            Reach reach => reach.Spec,
            _ => throw new UnreachableException(),
        };

    public static Fault NoCommand(string remedy) =>
        KeyFaults.MissingKey("Nothing says what to start.", $"Add {remedy}.");
}
