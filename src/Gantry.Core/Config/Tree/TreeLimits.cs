namespace Gantry.Config.Tree;

/// <summary>What a configuration file may be at most; beyond, it is not one.</summary>
internal static class TreeLimits
{
    /// <summary>Bytes of a file.</summary>
    public const int MaxFileSize = 4 * 1024 * 1024;

    /// <summary>How deeply mappings and sequences may nest.</summary>
    public const int MaxDepth = 64;

    /// <summary>Values in a file, each alias counted with all that it stands for: a few lines of
    /// aliases to aliases can stand for billions.</summary>
    public const int MaxNodes = 200_000;
}
