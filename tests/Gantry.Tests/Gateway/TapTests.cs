using System.Text;
using Gantry.Config;
using Gantry.Wire;
using Xunit;

namespace Gantry.Gateway;

public sealed class TapTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task Who_looks_sees_what_client_and_gateway_exchange()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var viewer = Watch(gateway);
        using var client = await gateway.NewSessionAsync();

        await client.CallAsync("\"x\"", "tools/list");
        await client.CallAsync("5", "ping");
        using var accepted = await client.PostAsync(
            Client.Notification("notifications/initialized")
        );

        var key = gateway.Sessions.All.Single().Key;
        Assert.Equal(
            [
                $"ToServer {key} 0 initialize",
                $"ToClient {key} 0 ",
                $"ToServer {key} \"x\" tools/list",
                $"ToClient {key} \"x\" ",
                $"ToServer {key} 5 ping",
                $"ToClient {key} 5 ",
                $"ToServer {key}  notifications/initialized",
            ],
            await SeeAsync(viewer, 7)
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_failure_is_seen_as_the_client_sees_it()
    {
        var (gateway, connection) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        connection.Script = call => call.Lose("echo-1 crashed");
        using var viewer = Watch(gateway);

        await client.CallAsync("1", "tools/call");

        await using var seen = viewer.ReadAsync(Cancelled).GetAsyncEnumerator(Cancelled);
        await seen.MoveNextAsync();
        await seen.MoveNextAsync();
        var answer = Encoding.UTF8.GetString((seen.Current.Sighting?.Utf8 ?? default).Span);
        Assert.Contains("echo-1 crashed", answer, StringComparison.Ordinal);
    }

    [Fact(Timeout = Patience)]
    public async Task What_waited_for_a_stream_is_seen_once_as_it_leaves()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo", Isolation.Session);
        gateway.Wanted = server =>
        {
            foreach (var session in gateway.Demand("echo").Sessions)
            {
                gateway.ReadyOnce(server.ToString(), session);
            }
        };
        using var client = await gateway.NewSessionAsync();
        using var viewer = Watch(gateway);
        var own = gateway.Runtime.Connections.Values.Single();

        own.Say(Client.Notification("notifications/message"));
        using var answer = await client.PostAsync(Client.Request("1", "tools/call"));

        Assert.Equal(
            ["tools/call", "notifications/message", ""],
            (await SeeAsync(viewer, 3)).Select(line => line.Split(' ')[^1])
        );
    }

    private static TapViewer Watch(GatewayUnderTest gateway) =>
        gateway.Taps.Of(ServerName.Parse("echo")).Watch()
        ?? throw new InvalidOperationException("Too many look.");

    private static async Task<List<string>> SeeAsync(TapViewer viewer, int count)
    {
        var lines = new List<string>();
        await foreach (var (sighting, _) in viewer.ReadAsync(Cancelled))
        {
            lines.Add(
                $"{sighting?.Spot.Direction} {sighting?.Spot.Peer} {sighting?.Id} {sighting?.Method}"
            );
            if (lines.Count == count)
            {
                break;
            }
        }

        return lines;
    }
}
