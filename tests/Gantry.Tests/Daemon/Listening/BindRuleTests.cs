using System.Net;
using Gantry.Access;
using Xunit;

namespace Gantry.Daemon;

public sealed class BindRuleTests
{
    [Theory]
    [InlineData("0.0.0.0:8080")]
    [InlineData("[::]:8080")]
    [InlineData("192.168.1.4:8080")]
    public void A_bind_beyond_loopback_is_refused_with_what_will_allow_it(string text)
    {
        var refusal = Assert.Throws<StartRefusedException>(() =>
            BindRule.Check(AsMain(text), new())
        );

        Assert.Contains(text, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("gateway.allow_unauthenticated", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("gateway.allowed_hosts", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main")]
    [InlineData("0.0.0.0:8080")]
    [InlineData("8080")]
    [InlineData(":8080")]
    public void It_is_allowed_in_so_many_words(string name) =>
        BindRule.Check(AsMain("0.0.0.0:8080"), new() { AllowUnauthenticated = ["other", name] });

    [Fact]
    public void It_is_allowed_where_everybody_is_asked() =>
        BindRule.Check(AsMain("0.0.0.0:8080"), new() { Auth = new() });

    [Fact]
    public void Loopback_is_always_allowed() => BindRule.Check(AsMain("127.0.0.1:8080"), new());

    [Fact]
    public void Only_the_first_listener_is_the_main_one()
    {
        var second = Listener.At(IPEndPoint.Parse("0.0.0.0:8080"));

        Assert.Throws<StartRefusedException>(() =>
            BindRule.Check(second, new() { AllowUnauthenticated = ["main"] })
        );
        BindRule.Check(second, new() { AllowUnauthenticated = ["0.0.0.0:8080"] });
    }

    private static Listener AsMain(string text) => Listener.MainAt(IPEndPoint.Parse(text));
}
