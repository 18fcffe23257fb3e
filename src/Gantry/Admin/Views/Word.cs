using System.Text.Json;

namespace Gantry.Admin.Views;

/// <summary>The members of enums as words with underscores, such as <c>on_demand</c>.</summary>
internal static class Word
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
