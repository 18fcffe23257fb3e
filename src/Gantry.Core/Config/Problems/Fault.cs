namespace Gantry.Config.Problems;

/// <summary>What is wrong and what to do about it, before it is known where.</summary>
internal sealed record Fault(Severity Severity, string Code, string Problem, string Remedy)
{
    public static Fault Error(string code, string problem, string remedy) =>
        new(Severity.Error, code, problem, remedy);

    public static Fault Warning(string code, string problem, string remedy) =>
        new(Severity.Warning, code, problem, remedy);

    public Diagnostic At(Place place, ServerName? server = null) =>
        new(Severity, place, Code, Problem, Remedy, server);
}
