using System.Collections.Immutable;

namespace Gantry.Config;

/// <summary>
/// How calls flow to a server and results back: what happens around the server, not in it, so that
/// a change restarts nothing.
/// </summary>
public sealed record FlowPolicy
{
    /// <summary>How many calls may be at the server at a time; null for any number.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>How many calls may wait for their turn.</summary>
    public int MaxQueue { get; init; } = 256;

    /// <summary>How long a call waits for its turn.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What results must keep to; null to pass them on untouched.</summary>
    public ResultPolicy? Results { get; init; }

    /// <summary>What may be answered again from memory; null for nothing.</summary>
    public CachePolicy? Cache { get; init; }
}

/// <summary>What the results of one server must keep to.</summary>
public sealed record ResultPolicy
{
    /// <summary>How many bytes a tool's result may have; null for any number.</summary>
    public int? MaxSize { get; init; }

    public Excess OnExcess { get; init; } = Excess.Truncate;

    /// <summary>Names of <see cref="Flow.SecretPattern"/>, or regular expressions between
    /// slashes.</summary>
    public ImmutableArray<string> Redact { get; init; } = [];

    // The members as text: the revision of a configuration is made of it.
    public override string ToString() => $"{MaxSize} {OnExcess} [{string.Join(", ", Redact)}]";
}

/// <summary>What to do with a tool's result that is too large.</summary>
public enum Excess
{
    /// <summary>Give the beginning, and say that it is one.</summary>
    Truncate,

    /// <summary>Give an error in its place.</summary>
    Refuse,

    /// <summary>Give the beginning, and keep the rest for a while to be fetched.</summary>
    Continue,
}

/// <summary>Which answers of one server may be given again.</summary>
public sealed record CachePolicy
{
    /// <summary>How long the result of a tool may be given again.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Which tools, where '*' stands for any text; of these only those that say of
    /// themselves that they read only and are idempotent.</summary>
    public ImmutableArray<string> Tools { get; init; } = [];

    public override string ToString() => $"{Ttl} [{string.Join(", ", Tools)}]";
}
