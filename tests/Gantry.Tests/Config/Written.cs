using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Config.Formats;
using Gantry.Config.Loading;
using Gantry.Config.Variables;
using Xunit;

namespace Gantry.Tests.Config;

/// <summary>A configuration that exists only as text: nothing is read from any disk.</summary>
internal sealed record Written(ImmutableArray<(string File, string Text)> Files)
{
    public static readonly byte[] Key = new byte[32];

    public ImmutableDictionary<string, string> Variables { get; init; } =
        ImmutableDictionary<string, string>.Empty;

    public ImmutableDictionary<string, string> EnvFiles { get; init; } =
        ImmutableDictionary<string, string>.Empty;

    public ConfigSnapshot? Previous { get; init; }

    /// <summary>One file of Gantry's own format.</summary>
    public static ConfigSnapshot Own(string text) => Load(("gantry.yaml", text));

    public static ConfigSnapshot Load(params ReadOnlySpan<(string File, string Text)> files) =>
        new Written([.. files]).Load();

    public ConfigSnapshot Load()
    {
        var variables = new VariableSet([Variables], _ => null);
        var resolver = new Resolver(variables, ReadEnvFile, Key);
        var files = Files.Select(file =>
            resolver.Resolve(
                FileParser.Parse(
                    new SourceFile($"/conf/{file.File}", file.File) { IsNamed = true },
                    file.Text
                )
            )
        );
        return new SnapshotMaker(Previous, "/conf", Key).Make(new([.. files], [], []));
    }

    private EnvFile ReadEnvFile(string path, Gantry.Config.Keys.Placed<string> namedAt) =>
        EnvFileParser.Parse(path, EnvFiles.GetValueOrDefault(path, ""));
}

internal static class SnapshotReading
{
    extension(ConfigSnapshot snapshot)
    {
        public ServerSpec Spec(string name) => snapshot.Servers[ServerName.Parse(name)].Spec;

        public string Names => string.Join(' ', snapshot.Servers.Keys);

        public string Problems => string.Join('\n', snapshot.Diagnostics);

        /// <summary>Codes with their places, which say it all without the words.</summary>
        public string Codes =>
            string.Join(
                '\n',
                snapshot.Diagnostics.Select(diagnostic => $"{diagnostic.Place} {diagnostic.Code}")
            );
    }

    extension(ServerSpec spec)
    {
        /// <summary>The command line with its variables filled in.</summary>
        public string CommandLine =>
            string.Join(
                ' ',
                spec.Process.Arguments.Prepend(spec.Process.Command).Select(part => part.Value)
            );

        public ProcessSpec Process => Assert.IsType<ProcessSpec>(spec.Runtime);
    }
}
