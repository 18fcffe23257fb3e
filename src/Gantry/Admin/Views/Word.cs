using System.Diagnostics;
using System.Text.Json;
using Gantry.Config;

namespace Gantry.Admin.Views;

/// <summary>The members of enums as words with underscores, such as <c>on_demand</c>.</summary>
internal static class Word
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>The runtime that a spec is for, as the configuration calls it.</summary>
    public static string Of(RuntimeSpec runtime) =>
        runtime switch
        {
            ProcessSpec => "process",
            RemoteSpec => "remote",
            _ => throw new UnreachableException(),
        };
}
