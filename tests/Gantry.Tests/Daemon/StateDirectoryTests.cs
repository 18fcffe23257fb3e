using System.Runtime.Versioning;
using Xunit;

namespace Gantry.Daemon;

[UnsupportedOSPlatform("windows")]
public sealed class StateDirectoryTests : IDisposable
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("gantry-test-");

    private StateDirectory State => new(Path.Combine(_root.FullName, "state"));

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void Everything_in_it_is_for_its_owner_alone()
    {
        State.Create();
        State.AdminToken();
        State.InstallationKey();

        Assert.Equal(OwnerFile | UnixFileMode.UserExecute, File.GetUnixFileMode(State.Path));
        Assert.All(
            Directory.EnumerateFiles(State.Path),
            file => Assert.Equal(OwnerFile, File.GetUnixFileMode(file))
        );
    }

    [Fact]
    public void Key_and_token_are_made_once()
    {
        State.Create();

        Assert.Equal(State.InstallationKey(), State.InstallationKey());
        Assert.Equal(32, State.InstallationKey().Length);
        Assert.Equal(State.AdminToken(), State.AdminToken());
        Assert.Equal(64, State.AdminToken().Length);
    }

    [Fact]
    public void A_directory_that_others_may_write_is_refused()
    {
        State.Create();
        File.SetUnixFileMode(State.Path, UnixFileMode.OtherWrite | UnixFileMode.UserRead);

        var refusal = Assert.Throws<StartRefusedException>(State.Create);

        Assert.Contains("chmod 700", refusal.Message, StringComparison.Ordinal);
        File.SetUnixFileMode(State.Path, OwnerFile | UnixFileMode.UserExecute);
    }

    [Fact]
    public void A_second_daemon_is_refused_with_the_process_of_the_first()
    {
        State.Create();
        using var first = DaemonLock.Take(State);
        first.Announce(new(4711, "http://127.0.0.1:8080", DateTimeOffset.UnixEpoch));

        var refusal = Assert.Throws<StartRefusedException>(() => DaemonLock.Take(State));

        Assert.Contains("process 4711", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--state-dir", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_ends_with_its_holder()
    {
        State.Create();
        DaemonLock.Take(State).Dispose();
        DaemonLock.Take(State).Dispose();

        Assert.Null(DaemonNote.Read(State));
    }
}
