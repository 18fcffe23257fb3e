using System.Text;

namespace Gantry.Cli;

/// <summary>Lines up cells under their titles.</summary>
internal sealed class Table(params string[] titles)
{
    private const string Gap = "  ";

    private readonly List<Cell[]> _rows =
    [
        [.. titles.Select(title => new Cell(title, Colour.Grey))],
    ];

    public void Add(params Cell[] cells) => _rows.Add(cells);

    public void Print(Terminal terminal) => terminal.Out.Write(Render(terminal));

    // One text, so that it appears at once. The last column is not padded.
    public string Render(Terminal terminal)
    {
        var widths = titles
            .Select((_, column) => _rows.Max(row => row[column].Text.Length))
            .ToArray();
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            for (var column = 0; column < row.Length; column++)
            {
                var cell = row[column];
                var isLast = column == row.Length - 1;
                text.Append(terminal.Paint(cell.Text, cell.Colour));
                text.Append(' ', isLast ? 0 : widths[column] - cell.Text.Length);
                text.Append(isLast ? "\n" : Gap);
            }
        }

        return text.ToString();
    }
}

internal readonly record struct Cell(string Text, Colour Colour = Colour.None)
{
    public static implicit operator Cell(string text) => new(text);
}
