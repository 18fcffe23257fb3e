using System.Globalization;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Gateway;

/// <summary>Many clients at one process, each with ids of its own.</summary>
public sealed class CallTests : Scenario
{
    [Fact(Timeout = 60_000)]
    public async Task Clients_that_use_the_same_ids_get_their_own_answers()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        var clients = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ => McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token))
        );

        var answers = await Task.WhenAll(
            clients.SelectMany(
                (client, number) =>
                    Enumerable.Range(0, 50).Select(call => EchoAsync(client, number, call))
            )
        );

        Assert.All(answers, answer => Assert.Equal(answer.Sent, answer.Received));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cancellation_reaches_the_call_that_it_names_and_no_other()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        await using var patient = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        await using var hasty = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        using var gaveUp = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var kept = patient.CallAsync("sleep", """{"ms":4000}""", Token);
        var cancelled = hasty.CallAsync("sleep", """{"ms":55000}""", gaveUp.Token);
        await Eventually.TrueAsync(
            "both calls are in flight",
            async () => await InFlightAsync() == 2,
            Token
        );

        // Both calls have the same id on their client's side.
        using var accepted = await hasty.SendAsync(
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}""",
            Token
        );

        await Eventually.TrueAsync(
            "the server was told",
            async () => (await Gantry.CallAsync("alpha", "cancelled", "{}", Token)).Number == 1,
            Token
        );
        Assert.Equal("slept", (await kept).Text);
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => cancelled);
    }

    private async Task<int> InFlightAsync() =>
        (await Gantry.CallAsync("alpha", "running", "{}", Token)).Number - 1;

    private static async Task<(string Sent, string Received)> EchoAsync(
        McpClient client,
        int number,
        int call
    )
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"client {number}, call {call}");
        var answer = await client.CallAsync("echo", $$"""{"text":"{{text}}"}""", Token);
        return (text, answer.Text);
    }
}
