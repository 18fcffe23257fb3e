using System.Text;
using Gantry.Config;
using Gantry.Gateway;
using Xunit;

namespace Gantry.Fuzz;

/// <summary>A real listener, asked whatever chance says, in front of servers that answer so.</summary>
public sealed class ListenerFuzzTests
{
    private const int Patience = 900_000;

    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task Requests_in_form_are_answered_in_form_and_leave_nothing_behind()
    {
        var answer = "{}";
        await using var gateway = await StartAsync(() => answer);
        using var client = await gateway.NewSessionAsync();
        await Fuzzer
            .Make()
            .RunAsync(
                2_000,
                async one =>
                {
                    answer = one.Note(Answer(one.Dice));
                    var request = one.Note(RawRequest.Make(one.Dice, client.Session ?? ""));

                    var asking = RawAnswer.AskAsync(gateway.Address, request, isAll: false);
                    var seen = await asking.WaitAsync(s_answerWithin, Cancelled);

                    Assert.NotNull(seen);
                    Assert.True(seen.Status is < 500 or 503, seen.Head);
                    // Who takes nothing but events gets the error as one.
                    if (seen is { Status: >= 400, IsStream: false })
                    {
                        seen.AssertIsError();
                    }
                }
            );
        await AssertIsAsBeforeAsync(gateway);
    }

    [Fact(Timeout = Patience)]
    public async Task Requests_out_of_form_are_refused_or_cut_and_leave_nothing_behind()
    {
        await using var gateway = await StartAsync(() => "{}");
        await Fuzzer
            .Make()
            .RunAsync(
                1_000,
                async one =>
                {
                    var made = RawRequest.Make(one.Dice, "nobody");
                    var request = one.Note(Damage.Once(made, one.Dice));

                    var asking = RawAnswer.AskAsync(gateway.Address, request, isAll: true);
                    var seen = await asking.WaitAsync(s_answerWithin, Cancelled);

                    Assert.True(seen is null or { Status: < 500 or 503 or 505 }, seen?.Head);
                }
            );
        await AssertIsAsBeforeAsync(gateway);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_of_unknown_length_that_is_too_long_is_refused_with_a_reason()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(new() { MaxBodySize = 1000 });
        gateway.Define("echo");
        var chunk = $"7d0\r\n{new string(' ', 2000)}\r\n";
        var request =
            "POST /mcp/echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            + $"Accept: application/json, text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}";

        var seen = await RawAnswer.AskAsync(
            gateway.Address,
            Encoding.ASCII.GetBytes(request),
            isAll: false
        );

        Assert.Equal(413, seen?.Status);
        seen?.AssertIsError();
    }

    private static async Task<GatewayUnderTest> StartAsync(Func<string> answer)
    {
        var gateway = await GatewayUnderTest.StartAsync();
        gateway.Script = call => call.Respond(answer());
        gateway.Wanted = name =>
        {
            foreach (var session in gateway.Demand(name.ToString()).Sessions)
            {
                gateway.ReadyOnce(name.ToString(), session);
            }
        };
        gateway.Define("echo");
        gateway.Define("newer");
        gateway.Define("alone", Isolation.Session);
        gateway.Ready("echo");
        gateway.ReadyModern("newer");
        return gateway;
    }

    // What servers list and answer, with marks that make no sense, and anything at all.
    private static string Answer(Random dice) =>
        dice.Next(4) switch
        {
            0 => Pieces.Value(dice, 4),
            1 =>
                $$"""{"tools":[{"name":{{Pieces.Value(dice, 0)}},"inputSchema":{{Pieces.Value(dice, 3)}} }]}""",
            2 =>
                $$"""{"resultType":{{Pieces.Value(dice, 0)}},"content":[],"_meta":{{Pieces.Value(dice, 2)}} }""",
            _ => "{}",
        };

    private static async Task AssertIsAsBeforeAsync(GatewayUnderTest gateway)
    {
        using var client = await gateway.NewSessionAsync();
        (await client.CallAsync("1", "tools/list")).GetProperty("result");
        while (
            gateway.Sessions.All.Any(session => session.Calls.Count > 0)
            || gateway.Runtime.Connections.Values.Any(one => one.Gate.CallsInside > 0)
        )
        {
            Cancelled.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
