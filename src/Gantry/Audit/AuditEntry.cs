namespace Gantry.Audit;

/// <summary>One thing that somebody did. Its texts are JSON, as they stood in the message.</summary>
internal readonly ref struct AuditEntry
{
    public required DateTimeOffset At { get; init; }

    /// <summary>Who; null for callers that nobody asked.</summary>
    public required string? Principal { get; init; }

    /// <summary>The key of the client's session.</summary>
    public required string Session { get; init; }

    public required string Server { get; init; }

    /// <summary>A JSON string.</summary>
    public required ReadOnlySpan<byte> Method { get; init; }

    /// <summary>The tool, prompt or resource, as a JSON value; empty for none.</summary>
    public required ReadOnlySpan<byte> Name { get; init; }

    public required string Outcome { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>In bytes.</summary>
    public required int RequestSize { get; init; }

    /// <summary>In bytes; 0 without an answer.</summary>
    public required int AnswerSize { get; init; }
}
