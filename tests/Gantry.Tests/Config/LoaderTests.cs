using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class LoaderTests : IDisposable
{
    private readonly Folder _folder = new();

    [Fact]
    public void A_directory_gives_its_files_and_those_of_the_programs_that_keep_theirs_below()
    {
        _folder.Write("a.yaml", Own("a"));
        _folder.Write("b.jsonc", """{"name": "b", "command": "x"} // end""");
        _folder.Write(".mcp.json", """{"mcpServers": {"c": {"command": "x"}}}""");
        _folder.Write(
            ".vscode/mcp.json",
            """{"servers": {"d": {"type": "stdio", "command": "x"}}}"""
        );
        _folder.Write("config/registry.json", """{"mcps": {"e": {"command": "x"}}}""");
        _folder.Write(
            "mcp-config/executor/f.json",
            """{"name": "f", "enabled": true, "command": "x", "port": 3001}"""
        );
        _folder.Write(".hidden.yaml", Own("hidden"));
        _folder.Write("deeper/g.yaml", Own("g"));
        _folder.Write("package.json", """{"name": "app", "scripts": {}}""");
        _folder.Write("notes.txt", "servers:");

        var config = Loader(".").Load(null);

        Assert.Empty(config.Problems);
        Assert.Equal("a b c d e f", config.Names);
        Assert.Equal(_folder.Path, config.Spec("d").Process.Directory);
        Assert.Equal(".vscode/mcp.json", config.Spec("d").Place.File);
    }

    [Fact]
    public void A_file_named_itself_must_be_configuration_and_so_must_gantry_yaml()
    {
        _folder.Write("package.json", "{}");
        _folder.Write("gantry.yaml", "server: {}");

        Assert.Equal(
            "gantry.yaml:1:1 GT0104\npackage.json:1:1 GT0104",
            Loader(".", "package.json").Load(null).Codes.Replace("package.json:1:1 GT0106\n", "")
        );
    }

    [Fact]
    public void A_path_that_is_not_there_is_an_error_and_an_empty_directory_a_remark()
    {
        Directory.CreateDirectory(_folder.At("empty"));

        var config = Loader("gone.yaml", "empty").Load(null);

        Assert.Equal("empty:1:1 GT0106\ngone.yaml:1:1 GT0101", config.Codes);
    }

    [Fact]
    public void Only_what_changed_is_made_anew()
    {
        _folder.Write("a.yaml", Own("a"));
        _folder.Write("b.yaml", Own("b"));
        var loader = Loader(".");
        var one = loader.Load(null);
        _folder.Write("b.yaml", Own("b", "changed"));

        var two = loader.Load(one);

        Assert.Same(one.Servers[Name("a")], two.Servers[Name("a")]);
        Assert.Equal("changed", two.Spec("b").CommandLine);
        Assert.NotEqual(one.Revision, two.Revision);
        Assert.Equal(two.Revision, loader.Load(two).Revision);
        Assert.Equal(two.Revision, Loader(".").Load(null).Revision);
    }

    [Fact]
    public void A_file_that_no_longer_parses_keeps_its_last_good_servers()
    {
        _folder.Write("a.yaml", Own("a"));
        var loader = Loader(".");
        var good = loader.Load(null);
        _folder.Write("a.yaml", "servers: {");

        var bad = loader.Load(good);

        Assert.Equal("a", bad.Names);
        Assert.Equal("a.yaml:2:1 GT0102", bad.Codes);
        Assert.Equal("a", loader.Load(bad).Names);
        Assert.Equal("", Loader(".").Load(null).Names);
    }

    [Fact]
    public void A_file_that_is_deleted_takes_its_servers_with_it()
    {
        _folder.Write("a.yaml", Own("a"));
        _folder.Write("b.yaml", Own("b"));
        var loader = Loader(".");
        var before = loader.Load(null);
        File.Delete(_folder.At("a.yaml"));

        Assert.Equal("b", loader.Load(before).Names);
    }

    [Theory]
    [InlineData(3, false, "")]
    [InlineData(4, false, "s1 s2 s3 s4")]
    [InlineData(1, true, "s1")]
    public void A_directory_that_vanishes_or_is_emptied_at_a_stroke_keeps_its_servers(
        int servers,
        bool vanishes,
        string expected
    )
    {
        for (var i = 1; i <= servers; i++)
        {
            _folder.Write($"conf/s{i}.yaml", Own($"s{i}"));
        }

        var loader = Loader("conf");
        var before = loader.Load(null);
        Directory.Delete(_folder.At("conf"), recursive: true);
        if (!vanishes)
        {
            Directory.CreateDirectory(_folder.At("conf"));
        }

        var after = loader.Load(before);

        Assert.Equal(expected, after.Names);
        Assert.Equal(expected == "" ? "conf:1:1 GT0106" : "conf:1:1 GT0105", after.Codes);
        Assert.Equal(expected, loader.Load(after).Names);
        _folder.Write("conf/gantry.yaml", "servers: {}");
        Assert.Equal("", loader.Load(after).Names);
    }

    [Fact]
    public void Variables_come_from_env_files_then_secrets_then_the_environment()
    {
        _folder.Write("one.env", "A=env1\nB=env1");
        _folder.Write("two.env", "B=env2");
        _folder.Write("secrets/A", "secret\n");
        _folder.Write("secrets/C", "secret\n\n");
        _folder.Write("secrets/.hidden", "x");
        _folder.Write(
            "a.yaml",
            "name: a\ncommand: x\nargs: ['${A}', '${B}', '${C}', '${D}', '${HERE:-no}']"
        );
        var inputs = Inputs("a.yaml") with
        {
            EnvFiles = ["one.env", "two.env"],
            SecretsDirectories = ["secrets"],
            Environment = name => name is "C" or "D" ? "environment" : null,
        };

        var config = new ConfigLoader(inputs, Written.Key).Load(null);

        Assert.Empty(config.Problems);
        Assert.Equal("x env1 env2 secret\n environment no", config.Spec("a").CommandLine);
    }

    [Fact]
    public void Secrets_mounted_by_Kubernetes_change_when_their_links_turn()
    {
        _folder.Write("mount/..v1/TOKEN", "one");
        _folder.Write("mount/..v2/TOKEN", "two");
        File.SetLastWriteTimeUtc(_folder.At("mount/..v1/TOKEN"), DateTime.UnixEpoch);
        File.SetLastWriteTimeUtc(_folder.At("mount/..v2/TOKEN"), DateTime.UnixEpoch);
        _folder.Link("mount/..data", "..v1");
        _folder.Link("mount/TOKEN", "..data/TOKEN");
        _folder.Write("a.yaml", "name: a\ncommand: x\nargs: ['${TOKEN}']");
        var inputs = Inputs("a.yaml") with { SecretsDirectories = ["mount"] };
        var loader = new ConfigLoader(inputs, Written.Key);
        var before = loader.Load(null);

        Directory.Delete(_folder.At("mount/..data"));
        _folder.Link("mount/..data", "..v2");

        Assert.Equal("x one", before.Spec("a").CommandLine);
        Assert.Equal("x two", loader.Load(before).Spec("a").CommandLine);
    }

    [Fact]
    public void An_env_file_of_a_server_is_read_again_when_it_changes_and_missed_when_it_is_gone()
    {
        _folder.Write("a.yaml", "name: a\ncommand: x\nenv_file: sub/.env");
        _folder.Write("sub/.env", "A=1");
        var loader = Loader("a.yaml");
        var one = loader.Load(null);
        _folder.Write("sub/.env", "A=2222");
        var two = loader.Load(one);
        File.Delete(_folder.At("sub/.env"));
        var three = loader.Load(two);

        Assert.Equal("1", one.Spec("a").Environment["A"].Value);
        Assert.Equal("2222", two.Spec("a").Environment["A"].Value);
        Assert.Equal("a.yaml:3:11 GT0403", three.Codes);
        Assert.Equal("2222", three.Spec("a").Environment["A"].Value);
    }

    [Fact]
    public void Missing_sources_of_variables_are_reported()
    {
        _folder.Write("a.yaml", Own("a"));
        var inputs = Inputs("a.yaml") with { EnvFiles = ["no.env"], SecretsDirectories = ["no"] };

        Assert.Equal(
            "no:1:1 GT0403\nno.env:1:1 GT0403",
            new ConfigLoader(inputs, Written.Key).Load(null).Codes
        );
    }

    [Fact]
    public void A_file_that_is_no_text_is_an_error()
    {
        File.WriteAllBytes(_folder.At("a.yaml"), [0xff, 0xfe, 0xc0]);

        Assert.Equal("a.yaml:1:1 GT0101", Loader(".").Load(null).Codes);
    }

    [Fact]
    public void A_thousand_files_load_in_a_blink_and_an_edit_costs_only_itself()
    {
        for (var i = 0; i < 1000; i++)
        {
            _folder.Write(
                $"server-{i}.yaml",
                $"name: server-{i}\ncommand: node\nargs: [a, b]\nenv: {{ A: b }}\n"
            );
        }

        var loader = Loader(".");
        var cold = Stopwatch.StartNew();
        var first = loader.Load(null);
        cold.Stop();
        var second = loader.Load(first);
        _folder.Write("server-500.yaml", Own("server-500", "changed"));
        var warm = Stopwatch.StartNew();
        var third = loader.Load(second);
        warm.Stop();

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"cold {cold.Elapsed}, warm {warm.Elapsed}"
        );
        Assert.Equal(1000, third.Servers.Count);
        Assert.Equal(first.Revision, second.Revision);
        Assert.Single(third.Servers.Values.Except(second.Servers.Values));
        Assert.InRange(cold.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.InRange(warm.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_directory_with_too_many_files_is_read_in_part()
    {
        for (var i = 0; i <= Gantry.Config.Loading.FileScan.MaxFiles; i++)
        {
            _folder.Write($"{i}.yaml", "");
        }

        Assert.Equal(".:1:1 GT0107", Loader(".").Load(null).Codes);
    }

    public void Dispose() => _folder.Dispose();

    private static ServerName Name(string name) => ServerName.Parse(name);

    private static string Own(string name, string command = "x") =>
        $"name: {name}\ncommand: {command}\n";

    private ConfigInputs Inputs(params ImmutableArray<string> paths) =>
        new(paths) { BaseDirectory = _folder.Path };

    private ConfigLoader Loader(params ImmutableArray<string> paths) =>
        new(Inputs(paths), Written.Key);
}
