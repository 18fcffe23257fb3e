namespace Gantry.Config;

/// <summary>Where something stands in a file. Line and column count from 1.</summary>
public readonly record struct Place(string File, int Line, int Column)
{
    public override string ToString() => $"{File}:{Line}:{Column}";
}

public enum Severity
{
    /// <summary>The server runs, but perhaps not as its author meant.</summary>
    Warning,

    /// <summary>The server, or the file, is not used as it stands.</summary>
    Error,
}

/// <summary>
/// One problem in the configuration: where, which, and what to do about it. A value, not an
/// exception: all problems are reported at once.
/// </summary>
/// <param name="Server">The server that it concerns; null when it concerns the whole file.</param>
public sealed record Diagnostic(
    Severity Severity,
    Place Place,
    string Code,
    string Problem,
    string Remedy,
    ServerName? Server = null
)
{
    public override string ToString() => $"{Place}: {Code}: {Problem} {Remedy}";
}
