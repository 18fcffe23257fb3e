using System.Collections.Immutable;

namespace Gantry.Config;

/// <summary>
/// One MCP server as the operator wants it. Immutable; replaced whole when the configuration
/// changes.
/// </summary>
public sealed record ServerSpec(ServerName Name, RuntimeSpec Runtime, Place Place)
{
    public string? Description { get; init; }

    /// <summary>What the server's own environment gets, on top of the short inherited list.</summary>
    public ImmutableSortedDictionary<string, Expandable> Environment { get; init; } =
        ImmutableSortedDictionary.Create<string, Expandable>(StringComparer.Ordinal);

    public StartMode Start { get; init; } = StartMode.Eager;

    public Isolation Isolation { get; init; } = Isolation.Shared;

    public Replacement Replacement { get; init; } = Replacement.Recreate;

    /// <summary>
    /// How many instances, at least and at most. In shared isolation more than one needs
    /// <see cref="Stateless"/>.
    /// </summary>
    public InstanceRange Instances { get; init; } = new(0, 1);

    /// <summary>Whether any instance may answer any call, because none keeps state.</summary>
    public bool Stateless { get; init; }

    /// <summary>How long an instance may take to answer the handshake.</summary>
    public TimeSpan StartupTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an on-demand server may be without use before it is stopped.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long calls in flight may go on once an instance is to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a polite stop may take before the kill.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How calls and results flow.</summary>
    public FlowPolicy Flow { get; init; } = new();

    /// <summary>Which of its tools there are, as the server names them.</summary>
    public NameRules Tools { get; init; } = NameRules.None;

    /// <summary>The port on which Gantry serves this server alone; null for none.</summary>
    public int? Port { get; init; }

    /// <summary>Whose it is, so that only they see it; null when it is everybody's.</summary>
    public string? Tenant { get; init; }

    /// <summary>Whether a caller's own <c>Authorization</c> header is sent on to it.</summary>
    public bool ForwardsAuthorization => Runtime is RemoteSpec { ForwardAuthorization: true };

    /// <summary>Whether it knows who asks, so that what it lists is for one caller alone.</summary>
    public bool KnowsCallers => Isolation is Isolation.Principal || ForwardsAuthorization;
}

public enum StartMode
{
    /// <summary>Runs from the start and always.</summary>
    Eager,

    /// <summary>Starts with the first call and stops when idle.</summary>
    OnDemand,
}

public enum Isolation
{
    /// <summary>Many clients share an instance; nothing private can cross.</summary>
    Shared,

    /// <summary>Each client session has an instance of its own.</summary>
    Session,

    /// <summary>Each principal has an instance of its own, which all its clients share; so have all
    /// together of whom nobody knows who they are.</summary>
    Principal,
}

public enum Replacement
{
    /// <summary>The old instance ends before the new one starts: never two at once.</summary>
    Recreate,

    /// <summary>The new instance must be ready before the old one drains.</summary>
    Surge,
}

public readonly record struct InstanceRange(int Min, int Max);

/// <summary>Where and how a server runs. Closed: each runtime handles exactly one case.</summary>
public abstract record RuntimeSpec
{
    private protected RuntimeSpec() { }
}

/// <summary>A local child process that speaks MCP on its standard input and output.</summary>
/// <param name="Command">A path, or a name to find on the PATH. Never given to a shell.</param>
/// <param name="Directory">The working directory; absolute.</param>
public sealed record ProcessSpec(
    Expandable Command,
    ImmutableArray<Expandable> Arguments,
    string Directory
) : RuntimeSpec
{
    /// <summary>The working directory as it may be shown: a variable in it stays as written.</summary>
    public string ShownDirectory { get; init; } = Directory;
}
