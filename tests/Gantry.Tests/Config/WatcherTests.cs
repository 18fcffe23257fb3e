using System.Collections.Immutable;
using Gantry.Config;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Tests.Config;

/// <summary>Over real files and the real clock: whether the system tells of a change is what is
/// tested.</summary>
public sealed class WatcherTests : IDisposable
{
    private const int Timeout = 30_000;

    private readonly Folder _folder = new();

    [Fact(Timeout = Timeout)]
    public async Task A_written_file_is_a_new_snapshot()
    {
        _folder.Write("a.yaml", "name: a\ncommand: x\n");

        await Expect(Inputs("."), "a b", () => _folder.Write("b.yaml", "name: b\ncommand: x\n"));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_file_that_an_editor_replaces_by_renaming_is_seen()
    {
        _folder.Write("gantry.yaml", "servers: { a: { command: x } }");
        _folder.Write("gantry.yaml~", "servers: { b: { command: x } }");

        await Expect(
            Inputs("gantry.yaml"),
            "b",
            () => File.Move(_folder.At("gantry.yaml~"), _folder.At("gantry.yaml"), overwrite: true)
        );
    }

    [Fact(Timeout = Timeout)]
    public async Task A_directory_whose_link_turns_is_seen()
    {
        _folder.Write("v1/a.yaml", "name: a\ncommand: x\n");
        _folder.Write("v2/b.yaml", "name: b\ncommand: x\n");
        _folder.Link("current", "v1");

        await Expect(
            Inputs("current"),
            "b",
            () =>
            {
                Directory.Delete(_folder.At("current"));
                _folder.Link("current", "v2");
            }
        );
    }

    [Fact(Timeout = Timeout)]
    public async Task A_directory_that_comes_back_is_seen()
    {
        _folder.Write("conf/a.yaml", "name: a\ncommand: x\n");
        _folder.Write("other/b.yaml", "name: b\ncommand: x\n");
        Directory.Move(_folder.At("conf"), _folder.At("away"));

        await Expect(
            Inputs("conf"),
            "b",
            () => Directory.Move(_folder.At("other"), _folder.At("conf"))
        );
    }

    [Fact(Timeout = Timeout)]
    public async Task A_changed_env_file_is_seen()
    {
        _folder.Write("a.yaml", "name: a\ncommand: x\n---\nname: b\ncommand: '${B}'\n");
        _folder.Write("env/.env", "A=1\n");

        await Expect(
            Inputs("a.yaml") with
            {
                EnvFiles = ["env/.env"],
            },
            "a b",
            () => _folder.Write("env/.env", "B=1\n")
        );
    }

    [Fact(Timeout = Timeout)]
    public async Task A_change_between_the_first_load_and_the_watching_is_not_missed()
    {
        _folder.Write("a.yaml", "name: a\ncommand: x\n");
        var inputs = Inputs(".");
        var loader = new ConfigLoader(inputs, Written.Key);
        var first = loader.Load(null);
        _folder.Write("b.yaml", "name: b\ncommand: x\n");

        await foreach (var next in Watch(loader, inputs, first))
        {
            Assert.Equal("a b", next.Names);
            break;
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Watching_ends_with_its_token()
    {
        var inputs = Inputs(".");
        var loader = new ConfigLoader(inputs, Written.Key);
        using var end = new CancellationTokenSource();
        var watcher = new ConfigWatcher(
            loader,
            inputs,
            TimeProvider.System,
            NullLogger<ConfigWatcher>.Instance
        );
        await using var watching = watcher
            .WatchAsync(loader.Load(null), end.Token)
            .GetAsyncEnumerator(end.Token);
        var next = watching.MoveNextAsync();

        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    public void Dispose() => _folder.Dispose();

    private async Task Expect(ConfigInputs inputs, string names, Action change)
    {
        var loader = new ConfigLoader(inputs, Written.Key);
        var first = loader.Load(null);
        // A first snapshot that cannot be the same makes it say when it has begun to watch.
        var started = false;
        await foreach (var next in Watch(loader, inputs, first with { Revision = "another" }))
        {
            if (!started)
            {
                started = true;
                change();
            }
            else if (next.Names == names)
            {
                return;
            }
        }
    }

    private static IAsyncEnumerable<ConfigSnapshot> Watch(
        ConfigLoader loader,
        ConfigInputs inputs,
        ConfigSnapshot first
    ) =>
        new ConfigWatcher(
            loader,
            inputs,
            TimeProvider.System,
            NullLogger<ConfigWatcher>.Instance
        ).WatchAsync(first, TestContext.Current.CancellationToken);

    private ConfigInputs Inputs(params ImmutableArray<string> paths) =>
        new(paths) { BaseDirectory = _folder.Path };
}
