using System.Text;
using Gantry.Config;
using Gantry.Runtimes.Process;
using Xunit;

namespace Gantry.Tests.Runtimes;

public sealed class LogTextTests
{
    [Theory]
    [InlineData("${TOKEN}", "s3cr3t-value", "the key is s3cr3t-value!", "the key is ***!")]
    [InlineData("Bearer ${TOKEN}", "Bearer s3cr3t-value", "got s3cr3t-value", "got ***")]
    [InlineData("https://${HOST}/v1", "https://internal.example/v1", "v1 works", "v1 works")]
    public void What_a_variable_stood_for_is_hidden(
        string written,
        string value,
        string said,
        string shown
    ) =>
        Assert.Equal(
            shown,
            Cleaner(new Expandable(written, value)).Clean(Encoding.UTF8.GetBytes(said))
        );

    [Fact]
    public void What_stands_in_the_file_itself_is_no_secret()
    {
        var text = Cleaner(new Expandable("production"));

        Assert.Equal("mode: production", text.Clean("mode: production"u8));
    }

    [Fact]
    public void The_longer_of_two_secrets_is_hidden_whole()
    {
        var text = Cleaner(new Expandable("${A}", "abcdef"), new Expandable("${B}", "abcdefghij"));

        Assert.Equal("*** and ***", text.Clean("abcdefghij and abcdef"u8));
    }

    [Theory]
    [InlineData("\u001b[31mred\u001b[0m", "red")]
    [InlineData("\u001b]0;title\u0007text", "text")]
    [InlineData("a\u0000b\rc", "a\uFFFDb\uFFFDc")]
    [InlineData("tab\tstays", "tab\tstays")]
    public void A_terminal_obeys_nothing_of_it(string said, string shown) =>
        Assert.Equal(shown, Cleaner().Clean(Encoding.UTF8.GetBytes(said)));

    private static LogText Cleaner(params Expandable[] values)
    {
        var process = new ProcessSpec(new("node"), [.. values], "/");
        return new(new ServerSpec(ServerName.Parse("any"), process, default));
    }
}
