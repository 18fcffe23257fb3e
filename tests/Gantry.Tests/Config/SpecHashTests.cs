using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

/// <summary>These hashes are stamped on what runs: if one changes here, an upgrade restarts every
/// server. Never correct an expectation; correct the code.</summary>
public sealed class SpecHashTests
{
    [Theory]
    [InlineData("command: node", "5cd48351e0b8")]
    [InlineData("command: node, args: [a, 'b c']", "ab4e5d1f83a2")]
    [InlineData("command: node, env: { B: '2', A: '1' }", "f390d02a85d0")]
    [InlineData("command: node, isolation: session", "24a88b46894f")]
    [InlineData("package: npm:x@1, cwd: /srv", "0734e7f92068")]
    public void A_release_never_restarts_what_did_not_change(string keys, string expected) =>
        Assert.Equal(expected, Hash(keys).Value);

    [Theory]
    [InlineData("instances: 3, stateless: true")]
    [InlineData("start: on_demand")]
    [InlineData("description: x")]
    [InlineData("startup_timeout: 1")]
    [InlineData("port: 4000")]
    public void How_many_and_when_is_not_what_runs(string keys) =>
        Assert.Equal(Hash("command: node"), Hash($"command: node, {keys}"));

    private static SpecHash Hash(string keys) =>
        Written.Own($"servers: {{ a: {{ {keys} }} }}").Servers.Values.Single().Hash;
}
