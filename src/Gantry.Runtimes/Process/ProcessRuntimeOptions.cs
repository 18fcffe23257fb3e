using System.Collections.Immutable;

namespace Gantry.Runtimes.Process;

/// <param name="KeeperFile">The program that becomes the keeper: Gantry's own executable.</param>
/// <param name="KeeperArguments">What goes before the keeper's own arguments.</param>
public sealed record ProcessRuntimeOptions(
    string KeeperFile,
    ImmutableArray<string> KeeperArguments
)
{
    /// <summary>The longest message that a server may send, in bytes; asked at each start.</summary>
    public Func<int> MaxFrameSize { get; init; } = static () => 64 * 1024 * 1024;

    /// <summary>This very program, also when the dotnet host runs it.</summary>
    public static ProcessRuntimeOptions OfThisProgram()
    {
        var file = Environment.ProcessPath ?? throw new InvalidOperationException("No own path.");
        return Path.GetFileNameWithoutExtension(file) is "dotnet"
            ? new(file, [Path.GetFullPath(Environment.GetCommandLineArgs()[0])])
            : new(file, []);
    }
}
