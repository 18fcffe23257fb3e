namespace Gantry.Config.Formats;

/// <summary>Defaults that depend on other settings.</summary>
internal static class Defaults
{
    /// <summary>Two copies of a server that keeps state would write to the same files; a server
    /// that gives each session or caller a copy, or keeps nothing, has shown that it can bear two; and one
    /// that runs elsewhere has its conversations doubled, not itself.</summary>
    public static Replacement Replacement(ServerSpec spec) =>
        spec.Stateless || spec.Isolation is not Isolation.Shared || spec.Runtime is RemoteSpec
            ? Config.Replacement.Surge
            : Config.Replacement.Recreate;
}
