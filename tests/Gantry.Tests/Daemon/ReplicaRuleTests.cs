using System.Net;
using Gantry.Config;
using Xunit;

namespace Gantry.Daemon;

public sealed class ReplicaRuleTests
{
    private static readonly ReplicaSettings s_usable = new() { Secrets = [new("secret")] };

    [Theory]
    [InlineData("0.0.0.0:8080")]
    [InlineData("[::]:8080")]
    public void A_replica_that_nobody_could_find_does_not_start(string text)
    {
        var refused = Assert.Throws<StartRefusedException>(() =>
            ReplicaRule.Check(IPEndPoint.Parse(text), s_usable)
        );

        Assert.Contains("gateway.replicas.url", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_does_one_whose_settings_will_not_do()
    {
        var refused = Assert.Throws<StartRefusedException>(() =>
            ReplicaRule.Check(IPEndPoint.Parse("127.0.0.1:1"), new())
        );

        Assert.Contains("gantry validate", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_others_do()
    {
        var url = new Uri("http://10.0.0.7:8080");
        ReplicaRule.Check(IPEndPoint.Parse("0.0.0.0:8080"), s_usable with { Url = url });
        ReplicaRule.Check(IPEndPoint.Parse("10.0.0.7:8080"), s_usable);
        ReplicaRule.Check(IPEndPoint.Parse("0.0.0.0:8080"), null);
    }
}
