using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Aggregate.Names;

namespace Gantry.Gateway.Aggregate;

/// <summary>
/// What a caller sees of all servers: which ones, which of their tools, and under which names.
/// Immutable but for the answers that it keeps.
/// </summary>
internal sealed class View
{
    private static readonly ImmutableSortedDictionary<string, string> s_none =
        ImmutableSortedDictionary<string, string>.Empty;

    private readonly GroupSpec? _group;
    private readonly Dictionary<string, ServerName> _byToken = new(StringComparer.Ordinal);
    private readonly Dictionary<ServerName, Desired> _byName = [];
    private readonly Dictionary<string, string> _oldNames = new(StringComparer.Ordinal);
    private readonly Merged?[] _answers = new Merged?[ListKinds.All.Length];

    /// <param name="group">Null for all servers.</param>
    /// <param name="servers">Those that the caller may see.</param>
    public View(Separator separator, GroupSpec? group, IEnumerable<Desired> servers)
    {
        _group = group;
        Separator = separator;
        Servers = [.. servers.Where(server => group?.Has(server.Name) is not false)];
        foreach (var server in Servers)
        {
            _byName[server.Name] = server;
            _byToken[server.Name.ToString()] = server.Name;
            _byToken[Naming.Short(server.Name)] = server.Name;
            ForwardsAuthorization |= server.Spec.ForwardsAuthorization;
        }

        foreach (var (old, name) in group?.Renamed ?? s_none)
        {
            if (Naming.Parse(separator, name, Find) is null)
            {
                _oldNames[name] = old;
            }
        }
    }

    public Separator Separator { get; }

    /// <summary>In the order of their names, which is the order of all lists.</summary>
    public ImmutableArray<Desired> Servers { get; }

    /// <summary>Whether one of them gets to see its callers' own credentials.</summary>
    public bool ForwardsAuthorization { get; }

    /// <summary>What the group is called.</summary>
    public string Name => _group?.Name.ToString() ?? "all servers";

    public string? Description => _group?.Description;

    public bool Has(ServerName server) => _byName.ContainsKey(server);

    public Desired? Find(ServerName server) => _byName.GetValueOrDefault(server);

    /// <summary>What the name of a tool stands for; null when it stands for nothing here.</summary>
    public Sought? FindTool(string name)
    {
        if (_oldNames.TryGetValue(name, out var old))
        {
            return FindOld(old);
        }

        return
            Naming.Parse(Separator, name, Find) is { } sought
            && (sought.Name is not { } tool || Permits(sought.Server, tool))
            && !IsRenamed(sought)
            ? sought
            : null;
    }

    /// <summary>Whether a tool that only its list could tell may be called by that name.</summary>
    public bool IsFound(Sought sought, string tool, string asked) =>
        Permits(sought.Server, tool)
        && Outfit(sought.Server, tool, sought.Exposed).Name is var renamed
        && (renamed is null || renamed == asked);

    public Sought? FindPrompt(string name) =>
        Naming.Parse(Separator, name, Find) is { } sought
        && (sought.Name is not { } prompt || PermitsPrompt(sought.Server, prompt))
            ? sought
            : null;

    /// <summary>Whether this tool of a server is to be seen and called here.</summary>
    public bool Permits(ServerName server, string tool) =>
        Find(server)?.Spec.Tools.Permits(tool) is not false
        && _group?.Tools.Permits(Separator.Join(server.ToString(), tool)) is not false;

    public bool PermitsPrompt(ServerName server, string prompt) =>
        _group?.Prompts.Permits(Separator.Join(server.ToString(), prompt)) is not false;

    /// <param name="uri">Of a resource, or a template's text, as clients here see it.</param>
    public bool PermitsResource(string uri) => _group?.Resources.PermitsUri(uri) is not false;

    /// <summary>What a tool is called and described here instead; null to leave it.</summary>
    public (string? Name, string? Description) Outfit(ServerName server, string tool, string name)
    {
        if (_group is null)
        {
            return (null, null);
        }

        var full = Separator.Join(server.ToString(), tool);
        var renamed =
            _group.Renamed.GetValueOrDefault(full) ?? _group.Renamed.GetValueOrDefault(name);
        return (
            renamed is not null && _oldNames.ContainsKey(renamed) ? renamed : null,
            _group.Described.GetValueOrDefault(full) ?? _group.Described.GetValueOrDefault(name)
        );
    }

    /// <summary>What the group says of tools by name, without those that it has.</summary>
    public IEnumerable<string> Unmatched(ISet<string> tools) =>
        _group is null
            ? []
            : _group
                .Renamed.Keys.Concat(_group.Described.Keys)
                .Concat(_group.Tools.Allow.Concat(_group.Tools.Deny).Select(glob => glob.Pattern))
                .Where(name => !name.AsSpan().ContainsAny('*', '?') && !tools.Contains(name))
                .Distinct(StringComparer.Ordinal);

    /// <summary>The answer that was made last, if it was made of just this.</summary>
    public Merged? Answer(ListKind kind, ImmutableArray<Shelf> shelves) =>
        Volatile.Read(ref _answers[(int)kind]) is { } answer && answer.IsOf(shelves)
            ? answer
            : null;

    /// <summary>All names in the answer that was made last, whoever it was made for.</summary>
    public IEnumerable<string> NamesOf(ListKind kind) =>
        Volatile.Read(ref _answers[(int)kind])?.Names ?? Enumerable.Empty<string>();

    /// <summary>Those of them that everybody here may know.</summary>
    public IEnumerable<string> CommonNamesOf(ListKind kind) =>
        NamesOf(kind)
            .Where(name =>
                (kind is ListKind.Tools ? FindTool(name) : FindPrompt(name)) is { } sought
                && Find(sought.Server) is { Spec.KnowsCallers: false }
            );

    public void Keep(ListKind kind, Merged answer) =>
        Volatile.Write(ref _answers[(int)kind], answer);

    private ServerName? Find(string token) =>
        _byToken.TryGetValue(token, out var server) ? server : null;

    // As it is named in the configuration: its own name, whatever characters that has, or what the
    // list calls it.
    private Sought? FindOld(string old)
    {
        var at = Separator.IndexIn(old);
        if (at < 1 || Find(old[..at]) is not { } server)
        {
            return null;
        }

        var sought =
            Naming.Parse(Separator, old, Find)
            ?? new Sought(server, old[(at + Separator.ToString().Length)..], old);
        return sought.Name is { } tool && !Permits(server, tool) ? null : sought;
    }

    private bool IsRenamed(Sought sought) =>
        sought.Name is { } tool
        && _group?.Renamed.GetValueOrDefault(Separator.Join(sought.Server.ToString(), tool))
            is { } renamed
        && _oldNames.ContainsKey(renamed);
}
