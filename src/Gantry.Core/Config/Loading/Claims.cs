using System.Collections.Immutable;
using Gantry.Config.Formats;
using Gantry.Config.Problems;
using Gantry.Config.Variables;

namespace Gantry.Config.Loading;

/// <summary>A server that some file wants to run under its name and port.</summary>
internal sealed record Claim(Desired Desired, Place PortPlace)
{
    public ServerName Name => Desired.Name;

    public Place Place => Desired.Spec.Place;

    public int? Port => Desired.Spec.Port;

    /// <summary>A server as it was before.</summary>
    public static Claim Kept(Desired desired) => new(desired, desired.Spec.Place);
}

/// <summary>Gathers what runs by the word of each file, or as it was where that word is not to be
/// had: a file in trouble must not stop what it started.</summary>
internal sealed class Claims(ConfigSnapshot? previous, string baseDirectory)
{
    /// <summary>An emptied directory with fewer servers was emptied by hand; with as many or more
    /// it has been unmounted, or is being replaced.</summary>
    public const int MassRemoval = 4;

    private readonly ILookup<string, Desired> _before = (
        previous ?? ConfigSnapshot.Empty
    ).Servers.Values.ToLookup(desired => desired.Spec.Place.File, StringComparer.Ordinal);

    public IEnumerable<Claim> Of(ResolvedFile file, List<Diagnostic> diagnostics)
    {
        diagnostics.AddRange(file.Diagnostics);
        var before = _before[file.Parsed.Source.Shown];
        return file.Parsed.Legibility switch
        {
            Legibility.Understood => file
                .Candidates.Select(candidate => new Claim(candidate.Desired, candidate.PortPlace))
                .Concat(Kept(file, before)),
            Legibility.Unreadable => before.Select(Claim.Kept),
            _ => Unrecognised(file.Parsed, [.. before], diagnostics),
        };
    }

    public IEnumerable<Claim> Of(Absence absence, List<Diagnostic> diagnostics)
    {
        var before = _before
            .Where(group => Covers(absence.Path, group.Key))
            .SelectMany(all => all)
            .ToList();
        var keeps = before.Count > 0 && (absence.IsGone || before.Count >= MassRemoval);
        var fault =
            keeps ? FileFaults.Vanished(before.Count)
            : absence.IsGone ? FileFaults.Unreadable("there is no such file or directory.")
            : FileFaults.NothingFound;
        diagnostics.Add(fault.At(new(absence.Shown, 1, 1)));
        return keeps ? before.Select(Claim.Kept) : [];
    }

    private static IEnumerable<Claim> Kept(ResolvedFile file, IEnumerable<Desired> before) =>
        file.Broken.IsEmpty
            ? []
            : before.Where(desired => file.Broken.Contains(desired.Name)).Select(Claim.Kept);

    // A file of no known shape may be anybody's, unless it was ours a moment ago: an editor that
    // has emptied it and is about to write.
    private static IEnumerable<Claim> Unrecognised(
        ParsedFile file,
        ImmutableArray<Desired> before,
        List<Diagnostic> diagnostics
    )
    {
        if (file.Source.IsExpected || before.Length > 0)
        {
            diagnostics.Add(FileFaults.UnknownShape(file.Meant).At(new(file.Source.Shown, 1, 1)));
        }

        return before.Select(Claim.Kept);
    }

    private bool Covers(string path, string file)
    {
        var absolute = Path.GetFullPath(file, baseDirectory);
        return absolute == path
            || absolute.StartsWith(
                Path.TrimEndingDirectorySeparator(path) + "/",
                StringComparison.Ordinal
            );
    }
}
