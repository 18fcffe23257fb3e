using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Audit;

public sealed class AuditLogTests : IDisposable
{
    private const int Patience = 30_000;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("gantry-test-");
    private readonly FakeClock _clock = new();

    private string Folder => Path.Combine(_root.FullName, "audit");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact(Timeout = Patience)]
    public async Task An_entry_is_one_line_with_the_names_as_they_were_sent()
    {
        using var files = new AuditFiles(Folder, _clock);
        using var log = NewLog(files);

        log.Append(Entry("tools/call", "\"r\\u00e9sum\\u00e9 \\\"x\\\"\""));
        await log.FlushAsync();

        var line = JsonDocument.Parse(Assert.Single(Lines(files.Current))).RootElement;
        Assert.Equal("call", line.GetProperty("event").GetString());
        Assert.Equal("tools/call", line.GetProperty("method").GetString());
        Assert.Equal("résumé \"x\"", line.GetProperty("name").GetString());
        Assert.Equal("ann", line.GetProperty("principal").GetString());
        Assert.Equal("ok", line.GetProperty("outcome").GetString());
        Assert.Equal(1.5, line.GetProperty("ms").GetDouble());
    }

    [Fact(Timeout = Patience)]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_its_owner_may_read_it()
    {
        using var files = new AuditFiles(Folder, _clock);
        using var log = NewLog(files);

        log.Append(Entry());
        await log.FlushAsync();

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(files.Current)
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_later_daemon_appends()
    {
        using (var files = new AuditFiles(Folder, _clock))
        {
            await files.AppendAsync(Line("one"));
        }

        using var again = new AuditFiles(Folder, _clock);
        await again.AppendAsync(Line("two"));

        Assert.Equal(["one", "two"], Lines(again.Current));
    }

    [Fact(Timeout = Patience)]
    public async Task A_long_file_becomes_an_older_one_and_the_oldest_go()
    {
        using var files = new AuditFiles(Folder, _clock) { MaxLength = 10, Kept = 2 };

        foreach (var text in (string[])["first", "second", "third", "fourth"])
        {
            await files.AppendAsync(Line(text));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["fourth"], Lines(files.Current));
        var older = Directory.GetFiles(Folder, "audit-*").Order().ToArray();
        Assert.Equal(["second", "third"], older.SelectMany(Lines));
    }

    [Fact(Timeout = Patience)]
    public async Task What_a_disk_did_not_take_is_written_when_it_does()
    {
        await File.WriteAllTextAsync(Folder, "in the way", TestContext.Current.CancellationToken);
        using var files = new AuditFiles(Folder, _clock);
        using var log = NewLog(files);

        log.Append(Entry(name: "\"early\""));
        await log.FlushAsync();
        log.Append(Entry(name: "\"late\""));
        File.Delete(Folder);
        await log.FlushAsync();
        await log.FlushAsync();

        var names = Lines(files.Current)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("name").GetString());
        Assert.Equal(["early", "late"], names);
    }

    [Fact]
    public void What_waits_for_a_slow_disk_is_bounded_and_the_rest_is_counted()
    {
        using var files = new AuditFiles(Folder, _clock);
        using var log = NewLog(files);
        var name = $"\"{new string('x', 100_000)}\"";

        for (var i = 0; i < 100; i++)
        {
            log.Append(Entry(name: name));
        }

        Assert.InRange(log.Lost, 10, 20);
    }

    private AuditLog NewLog(AuditFiles files) => new(files, _clock, NullLogger<AuditLog>.Instance);

    private AuditEntry Entry(string method = "tools/call", string name = "\"echo\"") =>
        new()
        {
            At = _clock.GetUtcNow(),
            Principal = "ann",
            Session = "abc",
            Server = "files",
            Method = Encoding.UTF8.GetBytes($"\"{method}\""),
            Name = Encoding.UTF8.GetBytes(name),
            Outcome = "ok",
            Duration = TimeSpan.FromMilliseconds(1.5),
            RequestSize = 10,
            AnswerSize = 20,
        };

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");

    private static string[] Lines(string file)
    {
        using var stream = new FileStream(
            file,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite
        );
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
