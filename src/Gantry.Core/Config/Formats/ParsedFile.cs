using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>All that one file says.</summary>
internal sealed record ParsedFile(SourceFile Source)
{
    public ImmutableArray<Draft> Drafts { get; init; } = [];

    /// <summary>Servers that the file names but does not define well: their last good version
    /// goes on.</summary>
    public ImmutableArray<ServerName> Broken { get; init; } = [];

    public ImmutableArray<Placed<ServerName>> Disabled { get; init; } = [];

    /// <summary>The <c>gateway:</c> block, whose variables are not filled in yet.</summary>
    public Placed<Node.Mapping>? Gateway { get; init; }

    public ImmutableArray<GroupDraft> Groups { get; init; } = [];

    public ImmutableArray<Diagnostic> Diagnostics { get; init; } = [];

    public Legibility Legibility { get; init; }

    /// <summary>A top-level key that resembles one of ours, in a file of no known shape.</summary>
    public string? Meant { get; init; }

    /// <summary>A file of which nothing is known but that it is in trouble.</summary>
    public static ParsedFile Unreadable(SourceFile source, Diagnostic why) =>
        new(source) { Diagnostics = [why], Legibility = Legibility.Unreadable };
}

internal enum Legibility
{
    Understood,

    /// <summary>It can be read, but is no server configuration; perhaps it is not meant to be.</summary>
    Unrecognised,

    /// <summary>It cannot be read at all; its last good servers go on.</summary>
    Unreadable,
}

/// <summary>Gathers what the reader of a format finds.</summary>
internal sealed class Findings(SourceFile source)
{
    private readonly List<Diagnostic> _diagnostics = [];
    private readonly List<Draft> _drafts = [];
    private readonly List<ServerName> _broken = [];
    private readonly List<Placed<ServerName>> _disabled = [];
    private readonly List<GroupDraft> _groups = [];
    private Placed<Node.Mapping>? _gateway;

    public SourceFile Source { get; } = source;

    public Report Report(bool isForeign) => new(_diagnostics, isForeign);

    public void Add(Draft draft) => _drafts.Add(draft);

    public void AddBroken(ServerName name) => _broken.Add(name);

    public void AddDisabled(ServerName name, Place place) => _disabled.Add(new(name, place));

    public void Add(Placed<Node.Mapping> gateway) => _gateway = gateway;

    public void Add(GroupDraft group) => _groups.Add(group);

    public ParsedFile ToFile() =>
        new(Source)
        {
            // A name that is there twice is broken, and so is the first that has it.
            Drafts = [.. _drafts.Where(draft => !_broken.Contains(draft.Spec.Name))],
            Broken = [.. _broken],
            Disabled = [.. _disabled],
            Gateway = _gateway,
            Groups = [.. _groups],
            Diagnostics = [.. _diagnostics],
        };
}
