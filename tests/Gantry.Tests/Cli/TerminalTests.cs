using Xunit;

namespace Gantry.Cli;

public sealed class TerminalTests
{
    [Fact]
    public void A_table_lines_up_its_columns()
    {
        var table = new Table("NAME", "STATE", "REASON");
        table.Add("a", "ready", "");
        table.Add("longer", "x", "why");

        Assert.Equal(
            "NAME    STATE  REASON\na       ready  \nlonger  x      why\n",
            table.Render(NewTerminal(hasColours: false))
        );
    }

    [Fact]
    public void Colours_do_not_move_columns()
    {
        var table = new Table("A", "B");
        table.Add(new("red", Colour.Red), "x");

        Assert.EndsWith(
            "\e[31mred\e[0m  x\n",
            table.Render(NewTerminal(hasColours: true)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_daemon_goes_on_when_its_output_takes_nothing_more()
    {
        var full = new StreamWriter("/dev/full") { AutoFlush = true };
        var terminal = NewTerminal(hasColours: false) with { Out = full, Error = full };

        terminal.Forgiving().Out.WriteLine("lost");
        new Table("LOST").Print(terminal.Forgiving());
        terminal.Forgiving().Error.WriteLine(new InvalidOperationException("lost"));

        Assert.Throws<IOException>(() => full.WriteLine("noticed"));
        Assert.Throws<IOException>(full.Dispose);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59, "59s")]
    [InlineData(61, "1m1s")]
    [InlineData(3_600, "1h0m")]
    [InlineData(90_000, "1d1h")]
    public void A_duration_is_told_in_its_two_largest_units(int seconds, string expected) =>
        Assert.Equal(expected, Wording.Of(TimeSpan.FromSeconds(seconds)));

    private static Terminal NewTerminal(bool hasColours) =>
        new(TextWriter.Null, TextWriter.Null, hasColours, false, TimeProvider.System);
}
