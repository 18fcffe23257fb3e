using System.Net.Http.Headers;
using Gantry.Config;
using Gantry.Runtimes;
using Gantry.Runtimes.Remote;
using Gantry.Wire;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Gantry.Tests.Runtimes.Remote.ScriptedOrigin;

namespace Gantry.Tests.Runtimes.Remote;

/// <summary>What is let in, what is kept in, and what is said when nothing comes.</summary>
public sealed class OriginTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 20_000)]
    public async Task An_origin_that_cannot_be_reached_is_a_start_that_failed_with_its_reason()
    {
        await using var bench = new RemoteBench(
            "url: 'http://127.0.0.1:9', headers: { Authorization: Bearer-of-secrets }"
        );

        var exited = await bench.StartAsync(Phase.Exited);

        Assert.Equal(Cause.NeverReady, exited.Cause);
        Assert.Equal("http://127.0.0.1:9 cannot be reached: Connection refused.", exited.Reason);
    }

    [Fact(Timeout = 20_000)]
    public async Task An_origin_that_is_gone_ends_the_instance_at_the_next_call()
    {
        // Keeps no connection open: a request on one that is about to close fails for another reason.
        // Has no sessions: with one it is listened to, and who listens may notice before the call does.
        await using var origin = await StartAsync(
            (context, seen) =>
            {
                context.Response.Headers.Connection = "close";
                return ResultAsync(
                    context,
                    seen,
                    """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{},"ttlMs":0,"cacheScope":"private"}"""
                );
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var ready = await bench.StartAsync(Phase.Ready);
        var connection = bench.Runtime.Connect(ready.Id);
        Assert.NotNull(connection);
        await origin.DisposeAsync();

        await Assert.ThrowsAsync<InstanceGoneException>(() =>
            RemoteBench.AskAsync(connection, "x")
        );

        var exited = await bench.UntilAsync(ready.Id, Phase.Exited);
        Assert.Equal(Cause.Crashed, exited.Cause);
        Assert.Contains("cannot be reached", exited.Reason, StringComparison.Ordinal);
    }

    [Theory(Timeout = 20_000)]
    [InlineData(401, "asks for credentials (401)")]
    [InlineData(403, "(403)")]
    [InlineData(503, "503 ServiceUnavailable")]
    public async Task A_refusal_is_said_without_what_was_shown(int status, string expected)
    {
        await using var origin = await StartAsync(
            (context, _) =>
            {
                context.Response.StatusCode = status;
                return Task.CompletedTask;
            },
            Cancelled
        );
        await using var bench = new RemoteBench(
            $"url: '{origin.Url}', headers: {{ Authorization: Bearer verysecret }}"
        );

        var exited = await bench.StartAsync(Phase.Exited);

        Assert.Contains(expected, exited.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("verysecret", bench.LogText, StringComparison.Ordinal);
        Assert.DoesNotContain("verysecret", exited.Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = 20_000)]
    public async Task Credentials_are_asked_for_each_request_and_renewed_once_when_refused()
    {
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (seen["Authorization"] != "Bearer fresh")
                {
                    context.Response.StatusCode = 401;
                }
                else if (!await TryIntroduceAsync(context, seen))
                {
                    await ResultAsync(context, seen, "{}");
                }
            },
            Cancelled
        );
        var credentials = new Wallet();
        await using var bench = new RemoteBench($"url: '{origin.Url}'", credentials);

        Assert.Equal("{}", await RemoteBench.AskAsync(await bench.ConnectAsync(), "x"));

        Assert.Equal(1, credentials.Challenges);
        Assert.Equal("Bearer stale", origin.Requests[0]["Authorization"]);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_callers_own_authorization_goes_along_only_where_that_is_wanted()
    {
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (!await TryIntroduceAsync(context, seen))
                {
                    await ResultAsync(context, seen, "{}");
                }
            },
            Cancelled
        );
        var caller = Envelope.Own with { ForwardedAuthorization = "Bearer caller" };
        await using var keeps = new RemoteBench(
            $"url: '{origin.Url}', headers: {{ Authorization: own }}"
        );
        await using var forwards = new RemoteBench(
            $"url: '{origin.Url}', headers: {{ Authorization: own }}, forward_authorization: true"
        );

        await RemoteBench.AskAsync(await keeps.ConnectAsync(), "a", envelope: caller);
        await RemoteBench.AskAsync(await forwards.ConnectAsync(), "b", envelope: caller);

        Assert.Equal("own", Assert.Single(origin.Of("a"))["Authorization"]);
        Assert.Equal("Bearer caller", Assert.Single(origin.Of("b"))["Authorization"]);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_redirect_within_the_origin_is_followed_and_one_to_another_is_not()
    {
        await using var other = await StartAsync((_, _) => Task.CompletedTask, Cancelled);
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (seen.Path != "/there" || seen.Method == "x")
                {
                    context.Response.StatusCode = 307;
                    context.Response.Headers.Location =
                        seen.Method == "x" ? other.Url.ToString() : "/there";
                }
                else
                {
                    await TryIntroduceAsync(context, seen);
                }
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}here'");

        var gone = await Assert.ThrowsAsync<InstanceGoneException>(async () =>
            await RemoteBench.AskAsync(await bench.ConnectAsync(), "x")
        );

        Assert.Contains("another origin", gone.Message, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Fact(Timeout = 20_000)]
    public async Task An_older_transport_is_found_and_its_messages_stay_within_the_origin()
    {
        await using var other = await StartAsync((_, _) => Task.CompletedTask, Cancelled);
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (seen.HttpMethod == "POST")
                {
                    context.Response.StatusCode = 405;
                    return;
                }

                await EventAsync(context, $"event: endpoint\ndata: {other.Url}message\n\n");
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}sse'");

        var exited = await bench.StartAsync(Phase.Exited);

        Assert.Contains("sent to another origin", exited.Reason, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    /// <summary>Has a stale token until it is told so.</summary>
    private sealed class Wallet : IUpstreamCredentials
    {
        public int Challenges { get; private set; }

        public ValueTask<AuthenticationHeaderValue?> GetAsync(
            ServerName server,
            Uri resource,
            Envelope envelope,
            CancellationToken cancellationToken
        ) => new(new AuthenticationHeaderValue("Bearer", Challenges == 0 ? "stale" : "fresh"));

        public ValueTask<bool> ChallengeAsync(
            ServerName server,
            Uri resource,
            Envelope envelope,
            HttpResponseMessage refused,
            CancellationToken cancellationToken
        )
        {
            Challenges++;
            return new(true);
        }
    }
}
