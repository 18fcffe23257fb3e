using Xunit;

namespace Gantry.Daemon;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:9000", "127.0.0.1:9000")]
    [InlineData("localhost:9000", "127.0.0.1:9000")]
    [InlineData("127.8.8.8:1", "127.8.8.8:1")]
    [InlineData("[::1]:9000", "[::1]:9000")]
    [InlineData(":0", "127.0.0.1:0")]
    [InlineData("9000", "127.0.0.1:9000")]
    [InlineData("*:8080", "0.0.0.0:8080")]
    [InlineData("[::]:8080", "[::]:8080")]
    [InlineData("unix:/run/gantry/clients.sock", "unix:/run/gantry/clients.sock")]
    public void An_address_is_read(string text, string expected) =>
        Assert.Equal(expected, ListenAddress.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("example.com:80")]
    public void Anything_else_is_no_address(string text) =>
        Assert.Contains(
            "is not an address",
            Assert.Throws<StartRefusedException>(() => ListenAddress.Parse(text)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("")]
    [InlineData(
        "/a-directory-with-a-long-name/a-directory-with-a-long-name/a-directory-with-a-long-name/a-directory-with-a-long-name"
    )]
    public void A_socket_needs_a_path_that_the_system_takes(string path) =>
        Assert.Contains(
            "names no Unix socket",
            Assert.Throws<StartRefusedException>(() => ListenAddress.Parse($"unix:{path}")).Message,
            StringComparison.Ordinal
        );
}
