using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.Config.Formats;
using Gantry.Config.Keys;
using Gantry.Config.Problems;

namespace Gantry.Config.Variables;

/// <summary>A server that can run, and where its port stands.</summary>
internal sealed record Candidate(Desired Desired, Place PortPlace);

/// <summary>A file whose variables are filled in.</summary>
/// <param name="Broken">Servers whose last good version goes on, if they have one.</param>
internal sealed record ResolvedFile(
    ParsedFile Parsed,
    ImmutableArray<Candidate> Candidates,
    ImmutableArray<ServerName> Broken,
    ImmutableArray<Diagnostic> Diagnostics
)
{
    public Placed<GatewaySettings>? Gateway { get; init; }
}

/// <summary>Turns drafts into servers that can run.</summary>
/// <param name="readEnvFile">Reads the env file that a server names, by its absolute path; what
/// is wrong with it is told at the place where it is named.</param>
internal sealed class Resolver(
    VariableSet variables,
    Func<string, Placed<string>, EnvFile> readEnvFile,
    byte[] installationKey
)
{
    public ResolvedFile Resolve(ParsedFile file)
    {
        var diagnostics = new List<Diagnostic>(file.Diagnostics);
        var candidates = ImmutableArray.CreateBuilder<Candidate>(file.Drafts.Length);
        var broken = file.Broken.ToBuilder();
        foreach (var draft in file.Drafts)
        {
            var name = draft.Spec.Name;
            if (Resolve(draft, new(diagnostics, false, name)) is { } spec)
            {
                candidates.Add(new(Desired.Of(spec, installationKey), draft.PortPlace));
            }
            else
            {
                broken.Add(name);
            }
        }

        var gateway = ResolveGateway(file, new(diagnostics, isForeign: false));
        return new(file, candidates.ToImmutable(), broken.ToImmutable(), [.. diagnostics])
        {
            Gateway = gateway,
        };
    }

    private Placed<GatewaySettings>? ResolveGateway(ParsedFile file, Report report)
    {
        if (file.Gateway is not { } block)
        {
            return null;
        }

        var settings = new GatewayReader(file.Source, Expanding, report).Read(block.Value);
        var quiet = Expanding(new([], isForeign: false));
        return new(
            settings with
            {
                Fingerprint = BlockText.Hash(block.Value, quiet, installationKey),
            },
            block.Place
        );
    }

    private Expander Expanding(Report report) => new(variables, Words.None, report);

    private ServerSpec? Resolve(Draft draft, Report report)
    {
        var expander = new Expander(variables, WithHome(draft.Means.Words), report);
        return draft.Means switch
        {
            Launch launch => Resolve(draft.Spec, launch, expander, report),
            Reach reach => new ReachResolver(expander, report).Resolve(reach) is { } runtime
                ? draft.Spec with
                {
                    Runtime = runtime,
                }
                : null,
            _ => throw new UnreachableException(),
        };
    }

    private ServerSpec? Resolve(ServerSpec spec, Launch launch, Expander expander, Report report)
    {
        var directory = ResolveDirectory(launch, expander);
        var command = expander.Expand(launch.Command);
        var arguments = launch.Arguments.Select(expander.Expand).ToList();
        var environment = ResolveEnvironment(launch, expander, report);
        if (directory is not { } place || command is null || report.HasErrors)
        {
            return null;
        }

        return spec with
        {
            Runtime = new ProcessSpec(
                Locate(command.Value, place),
                [.. arguments.OfType<Expandable>()],
                place.Value
            )
            {
                ShownDirectory = place.Written,
            },
            Environment = environment,
        };
    }

    private Words WithHome(Words words) =>
        words.Predefined.IsEmpty || variables.Find("HOME") is not { } home
            ? words
            : words with
            {
                Predefined = words.Predefined.SetItem("userHome", home),
            };

    private static Expandable? ResolveDirectory(Launch launch, Expander expander)
    {
        if (launch.Directory is not { } written)
        {
            return new(launch.DefaultDirectory);
        }

        return expander.Expand(written) is { } directory
            ? At(launch.DefaultDirectory, directory)
            : null;
    }

    // A name without a slash is found on the PATH; anything else is relative to where it runs.
    private static Expandable Locate(Expandable command, Expandable directory)
    {
        if (!command.Value.Contains('/') || Path.IsPathRooted(command.Value))
        {
            return command;
        }

        var path = At(directory.Value, command);
        return directory.HasVariables ? path with { Written = command.Written } : path;
    }

    // Shown whole, unless that would show what a variable stands for.
    private static Expandable At(string directory, Expandable relative)
    {
        var path = Path.GetFullPath(relative.Value, directory);
        return relative.HasVariables ? relative with { Value = path } : new(path);
    }

    private ImmutableSortedDictionary<string, Expandable> ResolveEnvironment(
        Launch launch,
        Expander expander,
        Report report
    )
    {
        var environment = ImmutableSortedDictionary.CreateBuilder<string, Expandable>(
            StringComparer.Ordinal
        );
        foreach (var (name, value) in ReadEnvFile(launch, expander, report))
        {
            environment[name] = new($"${{{name}}}", value);
        }

        foreach (var (name, written) in launch.Environment)
        {
            environment[name] = expander.Expand(written) ?? default;
        }

        return environment.ToImmutable();
    }

    private ImmutableDictionary<string, string> ReadEnvFile(
        Launch launch,
        Expander expander,
        Report report
    )
    {
        if (launch.EnvFile is not { } written || expander.Expand(written) is not { } path)
        {
            return EnvFile.Empty.Values;
        }

        var file = readEnvFile(Path.GetFullPath(path.Value, launch.DefaultDirectory), written);
        foreach (var diagnostic in file.Diagnostics)
        {
            report.Pass(diagnostic);
        }

        return file.Values;
    }
}
