using System.Collections.Immutable;
using Gantry.Bench.Load;

namespace Gantry.Bench.Subjects;

/// <summary>Something to measure, and how to start it.</summary>
internal sealed record Subject(string Name, Program Program)
{
    public const string Gantry = "gantry";
    public const string GantryHttp = "gantry-http";
    public const string GantryMany = "gantry-many";
    public const string Kestrel = "kestrel";
    public const string Supergateway = "supergateway";
    public const string McpProxy = "mcp-proxy";
    public const string Nginx = "nginx";
    public const string Copy = "copy";

    public static readonly ImmutableArray<string> Names =
    [
        Gantry,
        Supergateway,
        McpProxy,
        Kestrel,
        Copy,
        GantryHttp,
        Nginx,
        GantryMany,
    ];

    public static readonly ImmutableArray<string> Peers = [Supergateway, McpProxy];

    /// <summary>Runs beside it, and is not measured: the server that it reaches over HTTP.</summary>
    public Program? Beside { get; init; }

    /// <summary>What it needs, written before it starts.</summary>
    public (string Path, string Text)? File { get; init; }

    /// <summary>In this order; the first of them tells when it is ready.</summary>
    public required ImmutableArray<Trial> Trials { get; init; }

    /// <summary>Whether it says at <c>/metrics</c> what it allocated.</summary>
    public bool HasMetrics { get; init; }

    /// <summary>With some of its trials; none named are all.</summary>
    public Subject Only(ImmutableArray<string> names) =>
        names.IsEmpty
            ? this
            : this with
            {
                Trials = [.. Trials.Where(trial => names.Contains(trial.Name))],
            };
}

internal sealed record Program(string Command, params ImmutableArray<string> Arguments);

/// <summary>One thing to measure of a subject.</summary>
/// <param name="Name">The same for what is compared.</param>
internal sealed record Trial(string Name, Target Target, Cell Cell)
{
    public const string Echo = "echo";
    public const string Paced = "paced echo";
    public const string Modern = "modern client";
    public const string BothModern = "modern client and server";
    public const string Large = "1 MB";
    public const string Http = "HTTP server";
    public const string Many = "list of 70 servers";

    public static readonly ImmutableArray<string> Names =
    [
        Echo,
        Paced,
        Modern,
        BothModern,
        Large,
        Http,
        Many,
    ];
}
