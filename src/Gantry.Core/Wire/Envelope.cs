using System.Collections.Immutable;
using Gantry.Access;

namespace Gantry.Wire;

/// <summary>
/// What goes along with a request besides its bytes, for connections that carry it or choose their
/// credentials by it. A pipe ignores it.
/// </summary>
/// <param name="Principal">On whose behalf the request is made, in the words of the front door;
/// null for Gantry itself and for callers that nobody asked who they are.</param>
public sealed record Envelope(string? Principal)
{
    /// <summary>For what Gantry asks on its own account.</summary>
    public static Envelope Own { get; } = new(Principal: null);

    /// <summary>Whose servers the caller sees.</summary>
    public Tenancy Tenancy { get; init; } = Tenancy.All;

    /// <summary>
    /// The caller's own <c>Authorization</c> header, only for a server whose configuration says
    /// that it is forwarded. Never stored, never logged.
    /// </summary>
    public string? ForwardedAuthorization { get; init; }

    /// <summary>The caller's <c>Mcp-Param-*</c> headers, which an intermediary hands on as they
    /// are (2026-07-28, basic/transports).</summary>
    public ImmutableArray<KeyValuePair<string, string>> ParameterHeaders { get; init; } = [];

    /// <summary>Whether it came over a transport whose messages have no headers of their own, so that
    /// none can repeat what the body says.</summary>
    public bool IsBare { get; init; }

    public override string ToString() => Principal ?? "gantry";
}
