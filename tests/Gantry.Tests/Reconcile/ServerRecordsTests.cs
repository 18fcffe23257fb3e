using Gantry.Planning;
using Gantry.Runtimes;
using Xunit;
using static Gantry.Weather;

namespace Gantry.Reconcile;

public sealed class ServerRecordsTests : IDisposable
{
    private readonly string _directory = Directory
        .CreateTempSubdirectory("gantry-records-")
        .FullName;

    private string File => Path.Combine(_directory, "weather.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact(Timeout = 10_000)]
    public async Task What_was_said_and_what_happened_survives_a_restart()
    {
        var before = ServerRecords.Open(_directory);
        before.Say(Name, _ => new(7, true, Now));
        before.Note(Name, [Crash(5), Crash(3, readySeconds: 60)]);
        await WriteAsync(before);

        var after = ServerRecords.Open(_directory).Of(Name);

        Assert.Equal(new Intent(7, true, Now), after.Intent);
        Assert.Equal([Crash(5), Crash(3, readySeconds: 60)], after.Exits);
    }

    [Fact]
    public void The_operators_word_is_on_disk_before_it_is_answered()
    {
        ServerRecords.Open(_directory).Say(Name, intent => intent with { Paused = true });

        Assert.True(ServerRecords.Open(_directory).Of(Name).Intent.Paused);
        Assert.Equal(["weather.json"], Directory.GetFiles(_directory).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"version":1}""")]
    [InlineData("""{"version":1,"intent":null,"exits":[]}""")]
    [InlineData(
        """{"version":2,"intent":{"generation":0,"paused":false,"since":"2026-01-01T00:00:00Z"},"exits":[]}"""
    )]
    public void An_unreadable_file_is_moved_aside_and_forgotten(string content)
    {
        System.IO.File.WriteAllText(File, content);

        Assert.Equal(ServerRecord.Empty, ServerRecords.Open(_directory).Of(Name));
        Assert.Equal(content, System.IO.File.ReadAllText(File + ".unreadable"));
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public void A_field_of_a_later_release_does_not_make_a_file_unreadable()
    {
        System.IO.File.WriteAllText(
            File,
            """{"version":1,"pinned":"1.2","intent":{"generation":3,"paused":false,"since":"2026-01-01T00:00:00Z"},"exits":[]}"""
        );

        Assert.Equal(3, ServerRecords.Open(_directory).Of(Name).Intent.Generation);
    }

    [Fact]
    public void Each_exit_is_noted_once_and_only_the_latest_are_kept()
    {
        var records = ServerRecords.Open(null);
        var exits = Enumerable.Range(1, 40).Select(n => Crash(-n)).ToList();

        records.Note(Name, exits);
        var once = records.Of(Name);
        records.Note(Name, exits);

        Assert.Same(once, records.Of(Name));
        Assert.Equal(exits.TakeLast(ServerRecords.MaxExits), once.Exits);
    }

    [Fact]
    public void A_server_that_is_gone_leaves_no_file()
    {
        var records = ServerRecords.Open(_directory);
        records.Say(Name, intent => intent with { Paused = true });

        records.Forget(Name);

        Assert.Empty(Directory.GetFiles(_directory));
        Assert.False(records.Of(Name).Intent.Paused);
    }

    [Fact]
    public void A_disk_that_refuses_costs_memory_not_service()
    {
        var records = ServerRecords.Open(_directory);
        Directory.CreateDirectory(File);

        records.Say(Name, intent => intent with { Paused = true });

        Assert.True(records.Of(Name).Intent.Paused);
    }

    private static async Task WriteAsync(ServerRecords records)
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            records.WriteAsync(stop.Token)
        );
    }
}
