using System.Collections.Immutable;
using Gantry.Config.Keys;

namespace Gantry.Config.Formats;

/// <summary>A server as its file has it, before variables are filled in.</summary>
/// <param name="Spec">Complete but for what <paramref name="Means"/> says.</param>
/// <param name="PortPlace">Where its port stands; of no meaning without one.</param>
internal sealed record Draft(ServerSpec Spec, Means Means, Place PortPlace);

/// <summary>How to come to a running server, with the variables still as they were written.</summary>
internal abstract record Means(Words Words);

/// <summary>How to start it as a process.</summary>
/// <param name="Directory">Null for <paramref name="DefaultDirectory"/>.</param>
internal sealed record Launch(
    Placed<string> Command,
    ImmutableArray<Placed<string>> Arguments,
    string DefaultDirectory,
    Words Words
) : Means(Words)
{
    public ImmutableArray<KeyValuePair<string, Placed<string>>> Environment { get; init; } = [];

    public Placed<string>? Directory { get; init; }

    public Placed<string>? EnvFile { get; init; }
}

/// <summary>How to reach it where it runs.</summary>
/// <param name="Spec">Complete but for the address, the headers and the files of TLS.</param>
/// <param name="Directory">Where the names of files begin.</param>
internal sealed record Reach(Placed<string> Url, RemoteSpec Spec, string Directory, Words Words)
    : Means(Words)
{
    public ImmutableArray<KeyValuePair<string, Placed<string>>> Headers { get; init; } = [];

    /// <summary>The headers that are left out where their value is empty.</summary>
    public ImmutableHashSet<string> Optional { get; init; } = [];

    public Placed<string>? CaFile { get; init; }

    public Placed<string>? CertificateFile { get; init; }

    public Placed<string>? KeyFile { get; init; }

    public AuthDraft? Auth { get; init; }

    public Placed<string>? Socket { get; init; }
}

/// <summary>What <c>${...}</c> means in one file beyond variables.</summary>
/// <param name="Predefined">Such as <c>workspaceFolder</c> in the files of editors.</param>
/// <param name="Inputs">The inputs that the file declares, with their defaults.</param>
internal sealed record Words(
    ImmutableDictionary<string, string> Predefined,
    ImmutableDictionary<string, string?> Inputs
)
{
    public static Words None { get; } =
        new(ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, string?>.Empty);

    /// <summary>What editors predefine, and the inputs of the file.</summary>
    public static Words OfEditor(SourceFile file) =>
        None with
        {
            Predefined = None
                .Predefined.Add("workspaceFolder", file.WorkspaceFolder)
                .Add("workspaceFolderBasename", Path.GetFileName(file.WorkspaceFolder))
                .Add("pathSeparator", "/")
                .Add("/", "/"),
        };
}
