namespace Gantry.Config.Problems;

/// <summary>Collects what is wrong with one file, or with one server of it.</summary>
/// <param name="isForeign">The file was written for another program: what we do not know in it is
/// then a remark, not a mistake.</param>
internal sealed class Report(
    ICollection<Diagnostic> diagnostics,
    bool isForeign,
    ServerName? server = null
)
{
    public bool IsForeign { get; } = isForeign;

    public bool HasErrors { get; private set; }

    /// <summary>A report into the same file that says which server it is about.</summary>
    public Report For(ServerName server) => new(diagnostics, IsForeign, server);

    /// <summary>A report into the same file that counts its errors apart.</summary>
    public Report Apart() => new(diagnostics, IsForeign, server);

    public void Add(Place place, Fault fault)
    {
        HasErrors |= fault.Severity is Severity.Error;
        diagnostics.Add(fault.At(place, server));
    }

    /// <summary>Adds a problem found elsewhere, on behalf of this server.</summary>
    public void Pass(Diagnostic diagnostic)
    {
        HasErrors |= diagnostic.Severity is Severity.Error;
        diagnostics.Add(diagnostic with { Server = server });
    }
}
