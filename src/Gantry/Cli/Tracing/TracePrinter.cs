using System.Globalization;
using System.Text.Json;

namespace Gantry.Cli.Tracing;

/// <summary>Frames in columns, one line each.</summary>
/// <param name="isFull">Whether frames are shown as long as they are.</param>
internal sealed class TracePrinter(Terminal terminal, bool isFull)
{
    private const int MaxFrame = 120;

    public void PrintTitles() =>
        terminal.Out.WriteLine(
            terminal.Paint(
                Line("TIME", "FACE", "", "PEER", "ID", "METHOD", "BYTES", "MS", "FRAME"),
                Colour.Grey
            )
        );

    public void Print(TraceEntry entry)
    {
        if (entry.Lost > 0)
        {
            terminal.Out.WriteLine(
                terminal.Paint(
                    $"({Wording.Count((int)entry.Lost, "frame")} lost: more passed than could be shown)",
                    Colour.Yellow
                )
            );
            return;
        }

        var line = Line(
            Clock(entry.At),
            entry.Face,
            entry.IsToServer ? "->" : "<-",
            entry.Peer,
            entry.Id,
            entry.Method ?? "",
            entry.Bytes.ToString(CultureInfo.InvariantCulture),
            entry.ElapsedMs?.ToString("0.0", CultureInfo.InvariantCulture) ?? "",
            Shorten(entry.Frame.GetRawText())
        );
        terminal.Out.WriteLine(terminal.Paint(line, ColourOf(entry)));
    }

    private static Colour ColourOf(TraceEntry entry) =>
        entry.Frame.TryGetProperty("error", out _) ? Colour.Red
        : entry.Face is "client" ? Colour.Cyan
        : Colour.None;

    private string Clock(DateTimeOffset at) =>
        TimeZoneInfo
            .ConvertTime(at, terminal.Time.LocalTimeZone)
            .ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private string Shorten(string frame) =>
        isFull || frame.Length <= MaxFrame ? frame : frame[..MaxFrame] + "...";

    private static string Line(params ReadOnlySpan<string> cells) =>
        $"{cells[0], -12} {cells[1], -6} {cells[2], -2} {cells[3], -20} {cells[4], -12} "
        + $"{cells[5], -26} {cells[6], 8} {cells[7], 8} {cells[8]}";
}
