namespace Gantry.Cli.Tracing;

/// <summary>Methods by name; <c>tools/*</c> is all that begin so. None given are all.</summary>
internal sealed class MethodFilter(string[] methods)
{
    public bool Covers(string? method) =>
        methods.Length == 0 || (method is not null && methods.Any(one => Covers(one, method)));

    private static bool Covers(string wanted, string method) =>
        wanted.EndsWith('*')
            ? method.StartsWith(wanted[..^1], StringComparison.Ordinal)
            : method == wanted;
}
