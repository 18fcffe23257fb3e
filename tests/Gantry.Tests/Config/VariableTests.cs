using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Config.Variables;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class VariableTests
{
    private const string Secret = "hunter2-very-secret";

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("${A}", "1")]
    [InlineData("${env:A}", "1")]
    [InlineData("<${A}${B}>", "<12>")]
    [InlineData("${NONE:-otherwise}", "otherwise")]
    [InlineData("${NONE:-}", "")]
    [InlineData("${env:NONE:-x y}", "x y")]
    [InlineData("${EMPTY}", "")]
    [InlineData("${EMPTY:-otherwise}", "otherwise")]
    [InlineData("$A $ {A} $$", "$A $ {A} $$")]
    [InlineData("$${A}", "${A}")]
    [InlineData("$$${A}", "$${A}")]
    [InlineData("${LOOKS}", "${A}")]
    [InlineData("${with-dash.x}", "3")]
    public void A_variable_is_filled_in_once(string written, string expected)
    {
        var config = Load($"servers: {{ a: {{ command: x, args: ['{written}'] }} }}");

        Assert.Empty(config.Problems);
        var argument = config.Spec("a").Process.Arguments[0];
        Assert.Equal(new Expandable(written, expected), argument);
    }

    [Theory]
    [InlineData("${")]
    [InlineData("${A")]
    [InlineData("${}")]
    [InlineData("${A B}")]
    [InlineData("${1}")]
    [InlineData("${what:A}")]
    public void What_looks_like_a_variable_but_is_none_is_reported(string written) =>
        Assert.Equal(
            "gantry.yaml:1:35 GT0402",
            Load(
                $"servers: {{ a: {{ command: x, args: '{written}' }} }}".Replace("args: ", "cwd:  ")
            ).Codes
        );

    [Fact]
    public void Variables_work_in_command_arguments_environment_and_directory()
    {
        var spec = Load(
                "servers: { a: { command: './${A}', args: ['${A}'], env: { E: '${A}' }, cwd: '${A}' } }"
            )
            .Spec("a");

        Assert.Equal("/conf/1/1 1", spec.CommandLine);
        Assert.Equal("1", spec.Environment["E"].Value);
        Assert.Equal("/conf/1", spec.Process.Directory);
        Assert.Equal("./${A}", spec.Process.Command.ToString());
    }

    [Fact]
    public void A_directory_is_shown_as_written_and_so_is_what_lies_in_it()
    {
        var process = Load("servers: { a: { command: './tool', cwd: '${A}' } }").Spec("a").Process;

        Assert.Equal(("/conf/1", "${A}"), (process.Directory, process.ShownDirectory));
        Assert.Equal(new("./tool", "/conf/1/tool"), process.Command);
    }

    [Fact]
    public void An_unresolved_variable_keeps_the_server_from_starting_and_says_what_to_do() =>
        Assert.Equal(
            "gantry.yaml:1:27: GT0401: The variable 'TOKEN' has no value. Set it in the environment, "
                + "an --env-file or a --secrets-dir, or write ${TOKEN:-default}.",
            Load(
                "servers: { a: { command: \"${TOKEN}\" } }".Replace("command: ", "command:  ")
            ).Problems
        );

    [Fact]
    public void An_unresolved_variable_does_not_touch_what_runs()
    {
        var before = Load("servers: { a: { command: x, args: ['${A}'] } }");

        var after = Load("servers: { a: { command: x, args: ['${A}', '${GONE}'] } }", before);

        Assert.Equal("GT0401", Assert.Single(after.Diagnostics).Code);
        Assert.Same(before.Servers.Values.Single(), after.Servers.Values.Single());
    }

    [Fact]
    public void No_value_of_a_variable_appears_in_anything_that_is_shown()
    {
        var config = Load(
            """
            servers:
              a: { command: 'x ${SECRET}', args: ['${SECRET}'], env: { A: '${SECRET}' } }
              b: { command: '${SECRET}', cwd: '${GONE}', args: ['${SECRET}', '${SECRET'] }
              c: { command: '${SECRET}', port: '${SECRET}', start: '${SECRET}' }
              d: { command: x, env_file: '${SECRET}/.env' }
            """
        );

        Assert.NotEmpty(config.Diagnostics);
        Assert.Equal("x " + Secret, config.Spec("a").Process.Command.Value);
        Assert.DoesNotContain(Secret, config.Problems);
        Assert.DoesNotContain(Secret, config.Revision);
        Assert.DoesNotContain(Secret, string.Join('\n', config.Servers.Values));
    }

    [Fact]
    public void A_changed_value_is_another_hash_and_another_revision()
    {
        const string Text = "servers: { a: { command: x, env: { A: '${V}' } } }";
        var one = new Written([("gantry.yaml", Text)]) { Variables = Of(("V", "1")) }.Load();
        var two = new Written([("gantry.yaml", Text)]) { Variables = Of(("V", "2")) }.Load();

        Assert.NotEqual(one.Servers.Values.Single().Hash, two.Servers.Values.Single().Hash);
        Assert.NotEqual(one.Revision, two.Revision);
    }

    [Fact]
    public void An_env_file_is_read_as_shells_write_it()
    {
        var file = EnvFileParser.Parse(
            ".env",
            """
            # comment
            PLAIN=value with spaces   # and a comment
            export EXPORTED = x
            EMPTY=
            HASH=a#b
            SINGLE='as $it \n is'
            DOUBLE="a\tb \"c\" \\"  # comment
            MANY="one
            two"
            URL=postgres://u:p@h/db?a=b

            LAST=1
            """
        );

        Assert.Empty(file.Diagnostics);
        Assert.Equal("value with spaces", file.Values["PLAIN"]);
        Assert.Equal("x", file.Values["EXPORTED"]);
        Assert.Equal("", file.Values["EMPTY"]);
        Assert.Equal("a#b", file.Values["HASH"]);
        Assert.Equal(@"as $it \n is", file.Values["SINGLE"]);
        Assert.Equal("a\tb \"c\" \\", file.Values["DOUBLE"]);
        Assert.Equal("one\ntwo", file.Values["MANY"]);
        Assert.Equal("postgres://u:p@h/db?a=b", file.Values["URL"]);
        Assert.Equal("1", file.Values["LAST"]);
    }

    [Fact]
    public void A_bad_line_of_an_env_file_is_reported_without_what_it_says()
    {
        var file = EnvFileParser.Parse(
            ".env",
            $"A=1\n{Secret}\nC=2\nD='x'{Secret}\nE=\"{Secret}\nF=3\n"
        );

        Assert.Equal(
            ".env:2:1 GT0404\n.env:4:1 GT0404\n.env:5:1 GT0405",
            string.Join('\n', file.Diagnostics.Select(problem => $"{problem.Place} {problem.Code}"))
        );
        Assert.DoesNotContain(Secret, string.Join('\n', file.Diagnostics));
        Assert.Equal("2", file.Values["C"]);
        Assert.Equal("3", file.Values["F"]);
    }

    private static ConfigSnapshot Load(string text, ConfigSnapshot? previous = null) =>
        new Written([("gantry.yaml", text)])
        {
            Previous = previous,
            Variables = Of(
                ("A", "1"),
                ("B", "2"),
                ("EMPTY", ""),
                ("LOOKS", "${A}"),
                ("with-dash.x", "3"),
                ("SECRET", Secret)
            ),
        }.Load();

    private static ImmutableDictionary<string, string> Of(
        params (string Name, string Value)[] variables
    ) => variables.ToImmutableDictionary(pair => pair.Name, pair => pair.Value);
}
