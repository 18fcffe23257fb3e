using System.Collections.Immutable;

namespace Gantry.EndToEnd.Matrix;

/// <summary>One client in one of its eras, over one transport, at one address of Gantry.</summary>
/// <param name="Client">One of <see cref="Clients"/>.</param>
internal sealed record Cell(string Client, string Era, string Transport, Column Column)
{
    public const string Oldest = "2025-11-25";
    public const string Newest = "2026-07-28";

    public string Row => $"{Client} {Era} {Transport}";

    public string Name => $"{Row} at {Column.Name}";

    /// <summary>The revision that client and Gantry must agree on.</summary>
    public string Revision => IsModern && Client != Clients.McpRemote ? Newest : Oldest;

    /// <summary>Whether requests that stand alone reach Gantry.</summary>
    // The C# client tries the newer revision over HTTP+SSE only when told to.
    public bool IsModern =>
        Era == Eras.Pinned
        || (Era == Eras.Auto && (Client, Transport) != (Clients.CSharp, Transports.Sse));

    public bool IsStdio => Transport == Transports.Stdio;
}

/// <summary>An address of Gantry, over every transport that it has there.</summary>
/// <param name="Servers">The servers that are joined there; one null for a server alone.</param>
/// <param name="Stdio">The command line with which it is on stdio; empty if it is not.</param>
internal sealed record Column(
    string Name,
    Uri Address,
    ImmutableArray<string?> Servers,
    ImmutableArray<string> Stdio
)
{
    public bool IsJoined => Servers.Length > 1;

    public string Url(string transport) =>
        transport switch
        {
            Transports.Ws => $"ws://{Address.Authority}{Address.AbsolutePath}/ws",
            Transports.Sse => $"{Address}/sse",
            _ => Address.ToString(),
        };
}

/// <summary>What became of a cell.</summary>
/// <param name="Text">What was done there, or what went wrong.</param>
internal sealed record Outcome(string Cell, bool IsOk, string Text);

internal static class Clients
{
    public const string TypeScript1 = "TypeScript 1.32.2";
    public const string TypeScript2 = "TypeScript 2.4.0";
    public const string CSharp = "C# 2.3.1";
    public const string Inspector = "Inspector 2.12.0";
    public const string McpRemote = "mcp-remote 0.15.1";
}

internal static class Eras
{
    public const string Legacy = "legacy";
    public const string Auto = "auto";
    public const string Pinned = "pinned";
}

internal static class Transports
{
    public const string Http = "http";
    public const string Sse = "sse";
    public const string Ws = "ws";
    public const string Stdio = "stdio";
}
