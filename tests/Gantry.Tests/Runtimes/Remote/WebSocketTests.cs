using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Gantry.Runtimes;
using Gantry.Wire;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gantry.Tests.Runtimes.Remote;

public sealed class WebSocketTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 20_000)]
    public async Task Calls_go_over_one_socket_and_its_end_is_the_end_of_the_instance()
    {
        await using var origin = await ScriptedOrigin.StartAsync(
            (context, _) => ServeAsync(context),
            Cancelled
        );
        await using var bench = new RemoteBench(
            $"url: 'ws://127.0.0.1:{origin.Url.Port}/ws', headers: {{ X-Key: abc }}"
        );
        var ready = await bench.StartAsync(Phase.Ready);
        var connection = bench.Runtime.Connect(ready.Id);
        Assert.NotNull(connection);

        Assert.Equal("""{"said":"x"}""", await RemoteBench.AskAsync(connection, "x"));
        await Assert.ThrowsAsync<InstanceGoneException>(() =>
            RemoteBench.AskAsync(connection, "close")
        );

        var exited = await bench.UntilAsync(ready.Id, Phase.Exited);
        Assert.Contains(
            "closed the socket with 1001: bye",
            exited.Reason,
            StringComparison.Ordinal
        );
        Assert.Equal("abc", Assert.Single(origin.Requests)["X-Key"]);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_socket_that_is_refused_is_said_so()
    {
        await using var origin = await ScriptedOrigin.StartAsync(
            (context, _) =>
            {
                context.Response.StatusCode = 401;
                return Task.CompletedTask;
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: 'ws://127.0.0.1:{origin.Url.Port}'");

        var exited = await bench.StartAsync(Phase.Exited);

        Assert.Contains("asks for credentials (401)", exited.Reason, StringComparison.Ordinal);
    }

    private static async Task ServeAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync("mcp");
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            if (part.MessageType is WebSocketMessageType.Close)
            {
                return;
            }

            var asked = JsonNode.Parse(buffer.AsSpan(0, part.Count))?.AsObject();
            var method = asked?["method"]?.GetValue<string>();
            if (method == "close")
            {
                await socket.CloseAsync(
                    WebSocketCloseStatus.EndpointUnavailable,
                    "bye",
                    context.RequestAborted
                );
                return;
            }

            if (asked?["id"]?.ToJsonString() is { } id)
            {
                await socket.SendAsync(
                    Encoding.UTF8.GetBytes(Answer(id, method)),
                    WebSocketMessageType.Text,
                    endOfMessage: true,
                    context.RequestAborted
                );
            }
        }
    }

    private static string Answer(string id, string? method) =>
        $$"""{"jsonrpc":"2.0","id":{{id}},"result":"""
        + (
            method == "initialize"
                ? """{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"o","version":"1"}}}"""
                : $$$"""{"said":"{{{method}}}"}}"""
        );
}
