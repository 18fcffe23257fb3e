using System.Net.Sockets;
using System.Runtime.Versioning;
using Xunit;

namespace Gantry.Daemon;

[UnsupportedOSPlatform("windows")]
public sealed class SocketFileTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gantry-test-");

    private string Place => Path.Combine(_directory.FullName, "clients.sock");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(Owner)]
    [InlineData(Owner | UnixFileMode.GroupRead | UnixFileMode.GroupWrite)]
    public void It_has_the_mode_that_was_asked_for(UnixFileMode mode)
    {
        using var file = SocketFile.Claim(Place, mode);
        using var socket = file.Bind();

        Assert.Equal(mode, File.GetUnixFileMode(Place));
    }

    [Fact]
    public void Nothing_is_left_of_it()
    {
        using (var file = SocketFile.Claim(Place, Owner))
        {
            file.Bind().Dispose();
        }

        Assert.Empty(_directory.EnumerateFileSystemInfos());
    }

    [Fact]
    public void A_socket_on_which_nobody_answers_is_replaced()
    {
        Leave(Place);

        using var file = SocketFile.Claim(Place, Owner);
        using var socket = file.Bind();
        socket.Listen();
        using var client = Unix();
        client.Connect(new UnixDomainSocketEndPoint(Place));

        Assert.True(client.Connected);
    }

    [Fact]
    public void One_on_which_somebody_answers_is_not()
    {
        using var other = Unix();
        other.Bind(new UnixDomainSocketEndPoint(Place));
        other.Listen();

        Assert.Contains("another program serves it", Refusal(), StringComparison.Ordinal);
        Assert.True(File.Exists(Place));
    }

    [Theory]
    [InlineData("")]
    [InlineData("precious")]
    public void A_file_is_not_touched(string content)
    {
        File.WriteAllText(Place, content);

        Assert.Contains("no socket", Refusal(), StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Place));
    }

    [Fact]
    public void Nor_is_a_directory()
    {
        Directory.CreateDirectory(Place);

        Assert.Contains("no socket", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_do_not_claim_the_same()
    {
        using var file = SocketFile.Claim(Place, Owner);

        Assert.Contains("another Gantry", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_directory_is_named()
    {
        var refusal = Assert.Throws<StartRefusedException>(() =>
            SocketFile.Claim(Path.Combine(_directory.FullName, "run", "x.sock"), Owner)
        );

        Assert.Contains($"{_directory.FullName}/run", refusal.Message, StringComparison.Ordinal);
    }

    private string Refusal() =>
        Assert.Throws<StartRefusedException>(() => SocketFile.Claim(Place, Owner)).Message;

    // As a process leaves it that was killed: its end of the socket takes the file away otherwise.
    private static void Leave(string path)
    {
        var elsewhere = path + ".bound";
        using var socket = Unix();
        socket.Bind(new UnixDomainSocketEndPoint(elsewhere));
        File.Move(elsewhere, path);
    }

    private static Socket Unix() =>
        new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}
