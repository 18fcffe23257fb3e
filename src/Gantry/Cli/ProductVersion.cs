using System.Reflection;

namespace Gantry.Cli;

internal static class ProductVersion
{
    /// <summary>Such as 0.1.0, without the commit.</summary>
    public static string Text { get; } =
        typeof(ProductVersion)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "unknown";
}
