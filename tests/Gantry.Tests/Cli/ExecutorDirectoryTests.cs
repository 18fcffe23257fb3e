using Gantry.Cli.Commands;
using Gantry.Config;
using Xunit;

namespace Gantry.Cli;

public sealed class ExecutorDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("gantry-test-");

    private string Folder => Path.Combine(_root.FullName, "executor");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void A_new_server_is_written_as_the_helper_script_did()
    {
        var file = Add("weather", "@acme/weather-mcp");

        Assert.Equal(
            """
            {
              "name": "weather",
              "enabled": true,
              "description": "MCP server from @acme/weather-mcp",
              "command": "npx",
              "args": [
                "-y",
                "@acme/weather-mcp"
              ],
              "env": {},
              "port": 3001,
              "metadata": {
                "package": "@acme/weather-mcp",
                "added": "2026-03-04"
              }
            }

            """,
            File.ReadAllText(file)
        );
    }

    [Fact]
    public void Each_server_gets_the_next_free_port_and_a_disabled_one_keeps_its_own()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "off.json"), """{"enabled":false,"port":3002}""");

        Add("one", "a");
        var second = Add("two", "b");

        Assert.Contains("\"port\": 3003", File.ReadAllText(second), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_exists_is_left_as_it_is()
    {
        var file = Add("weather", "first");
        var before = File.ReadAllText(file);

        var failure = Assert.Throws<CommandFailedException>(() => Add("weather", "second"));

        Assert.Contains("exists", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Fact]
    public void A_taken_port_is_refused_with_the_file_that_has_it()
    {
        var file = Add("one", "a", 3005);

        var failure = Assert.Throws<CommandFailedException>(() => Add("two", "b", 3005));

        Assert.Contains(file, failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Folder, "two.json")));
    }

    [Fact]
    public void Port_3000_is_for_the_code_executor_only()
    {
        Assert.Throws<CommandFailedException>(() => Add("other", "a", 3000));
        Add("code-executor", "a", 3000);
    }

    [Fact]
    public void When_all_ports_are_taken_it_says_so()
    {
        for (var i = 1; i <= 10; i++)
        {
            Add($"server-{i}", "a");
        }

        var failure = Assert.Throws<CommandFailedException>(() => Add("one-more", "a"));

        Assert.Contains("3001-3010", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--eval")]
    [InlineData("a b")]
    [InlineData("")]
    public void What_npx_would_take_for_something_else_is_no_package(string package) =>
        Assert.Throws<CommandFailedException>(() => Add("weather", package));

    private string Add(string name, string package, int? port = null) =>
        new ExecutorDirectory(Folder).Add(new(ServerName.Parse(name), package, port), new March());

    private sealed class March : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    }
}
