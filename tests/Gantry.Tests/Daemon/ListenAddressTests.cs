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
    public void A_loopback_address_is_read(string text, string expected) =>
        Assert.Equal(expected, ListenAddress.Parse(text).ToString());

    [Theory]
    [InlineData("0.0.0.0:8080")]
    [InlineData("*:8080")]
    [InlineData("[::]:8080")]
    [InlineData("192.168.1.4:8080")]
    public void A_bind_beyond_loopback_is_refused_with_what_will_allow_it(string text)
    {
        var refusal = Assert.Throws<StartRefusedException>(() => ListenAddress.Parse(text));

        Assert.Contains(text, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("gateway.allow_unauthenticated", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("gateway.allowed_hosts", refusal.Message, StringComparison.Ordinal);
    }

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
}
