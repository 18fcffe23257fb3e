using System.Collections.Immutable;
using System.Text;

namespace Gantry.EndToEnd.Matrix;

/// <summary>Which cells there are, why some of them stay empty, and how all of them look.</summary>
internal sealed record Grid(ImmutableArray<Column> Columns)
{
    private static readonly (string Client, ImmutableArray<string> Eras)[] s_clients =
    [
        (Clients.TypeScript1, [Eras.Legacy]),
        (Clients.TypeScript2, [Eras.Legacy, Eras.Auto, Eras.Pinned]),
        (Clients.CSharp, [Eras.Legacy, Eras.Auto, Eras.Pinned]),
        (Clients.Inspector, [Eras.Legacy, Eras.Auto, Eras.Pinned]),
        (Clients.McpRemote, [Eras.Legacy, Eras.Auto]),
    ];

    private static readonly ImmutableArray<string> s_transports =
    [
        Transports.Http,
        Transports.Sse,
        Transports.Ws,
        Transports.Stdio,
    ];

    // The first that applies is printed instead of an outcome.
    private static readonly (string Reason, Func<Cell, bool> Applies)[] s_reasons =
    [
        (
            "the client has no WebSocket transport",
            cell => cell.Transport == Transports.Ws && cell.Client != Clients.TypeScript1
        ),
        ("it leads from stdio to a URL", cell => cell.IsStdio && cell.Client == Clients.McpRemote),
        ("a bridge is not on stdio", cell => cell.IsStdio && cell.Column.Stdio.IsEmpty),
    ];

    public ImmutableArray<Cell> Cells { get; } =
    [
        .. from client in s_clients
        from era in client.Eras
        from transport in s_transports
        from column in Columns
        select new Cell(client.Client, era, transport, column),
    ];

    public static string? WhyEmpty(Cell cell) =>
        Array.Find(s_reasons, reason => reason.Applies(cell)).Reason;

    public string Table(IReadOnlyDictionary<string, Outcome> outcomes)
    {
        var text = new StringBuilder().Append($"| {"client", -32} |");
        text.AppendJoin(null, Columns.Select(column => $" {column.Name} |"));
        text.Append("\n|---|").AppendJoin(null, Columns.Select(_ => "---|")).Append('\n');
        foreach (var row in Cells.GroupBy(cell => cell.Row))
        {
            text.Append($"| {row.Key, -32} |");
            text.AppendJoin(null, row.Select(cell => $" {Text(cell, outcomes)} |")).Append('\n');
        }

        return text.ToString();
    }

    private static string Text(Cell cell, IReadOnlyDictionary<string, Outcome> outcomes) =>
        outcomes.TryGetValue(cell.Name, out var outcome)
            ? $"{(outcome.IsOk ? "ok" : "FAILED")}: {outcome.Text}"
            : $"- ({WhyEmpty(cell)})";
}
