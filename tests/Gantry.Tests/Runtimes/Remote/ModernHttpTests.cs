using System.Collections.Immutable;
using System.Net.Http.Headers;
using Gantry.Config;
using Gantry.Runtimes;
using Gantry.Runtimes.Remote;
using Gantry.Runtimes.Remote.Http;
using Gantry.Wire;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Gantry.Tests.Runtimes.Remote.ScriptedOrigin;

namespace Gantry.Tests.Runtimes.Remote;

/// <summary>Streamable HTTP with servers to which every request stands alone.</summary>
public sealed class ModernHttpTests
{
    private const string Discovered =
        """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{},"ttlMs":0,"cacheScope":"private"}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 20_000)]
    public async Task An_origin_of_this_era_is_not_initialized()
    {
        await using var origin = await ModernAsync((_, _) => Task.CompletedTask);
        await using var bench = new RemoteBench($"url: '{origin.Url}'");

        var connection = await bench.ConnectAsync();

        Assert.False(connection.Handshake.Dialect.HasSessions);
        Assert.Equal("server/discover", origin.Methods);
        var asked = origin.Requests[0];
        Assert.Equal("2026-07-28", asked["MCP-Protocol-Version"]);
        Assert.Equal("server/discover", asked["Mcp-Method"]);
    }

    [Fact(Timeout = 20_000)]
    public async Task An_origin_that_names_another_revision_is_asked_again()
    {
        var asked = 0;
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (asked++ > 0)
                {
                    await ResultAsync(context, seen, Discovered);
                    return;
                }

                context.Response.StatusCode = 400;
                await JsonAsync(
                    context,
                    """{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"no","data":{"supported":["2026-07-28"]}}}"""
                );
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");

        await bench.ConnectAsync();

        Assert.Equal("server/discover server/discover", origin.Methods);
    }

    [Fact(Timeout = 20_000)]
    public async Task An_origin_that_asks_for_credentials_is_not_taken_for_a_silent_one()
    {
        await using var origin = await StartAsync(
            (context, seen) =>
            {
                if (seen["Authorization"] is not null)
                {
                    return ResultAsync(context, seen, Discovered);
                }

                context.Response.StatusCode = 401;
                return Task.CompletedTask;
            },
            Cancelled
        );
        var clock = new FakeClock();
        var wallet = new SlowWallet();
        await using var bench = new RemoteBench($"url: '{origin.Url}'", wallet, clock);

        var connecting = bench.ConnectAsync();
        await wallet.Asked.Task.WaitAsync(Cancelled);
        for (var round = 0; round < 3; round++)
        {
            await clock.SleeperWithinAsync(Introductions.Patience, Cancelled);
            clock.Advance(Introductions.Patience);
        }

        wallet.Filled.SetResult();
        var connection = await connecting;

        Assert.False(connection.Handshake.Dialect.HasSessions);
        Assert.Equal("server/discover server/discover", origin.Methods);
    }

    [Fact(Timeout = 20_000)]
    public async Task Headers_say_what_a_request_is_about()
    {
        await using var origin = await ModernAsync(
            (context, seen) => ResultAsync(context, seen, "{}")
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();

        await RemoteBench.AskAsync(connection, "tools/call", """{"name":"plain"}""");
        await RemoteBench.AskAsync(connection, "prompts/get", """{"name":"grün"}""");
        await RemoteBench.AskAsync(connection, "resources/read", """{"uri":"a:b"}""");

        Assert.Equal("plain", Assert.Single(origin.Of("tools/call"))["Mcp-Name"]);
        Assert.Equal("=?base64?Z3LDvG4=?=", Assert.Single(origin.Of("prompts/get"))["Mcp-Name"]);
        Assert.Equal("a:b", Assert.Single(origin.Of("resources/read"))["Mcp-Name"]);
        Assert.All(origin.Requests, one => Assert.Equal(one.Method, one["Mcp-Method"]));
        Assert.All(origin.Requests, one => Assert.Null(one["Mcp-Session-Id"]));
    }

    [Fact(Timeout = 20_000)]
    public async Task Headers_say_what_the_body_says_after_its_names_were_mapped()
    {
        await using var origin = await ModernAsync(
            (context, seen) => ResultAsync(context, seen, "{}")
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();
        var request = Frame.Parse(
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"one__x"}}"""u8
        );
        request.Splice(request.Name, "\"x\""u8.ToArray());

        using var call = await connection.OpenAsync(request, Envelope.Own, Cancelled);
        using var answer = call is null ? null : await call.ReadAsync();

        Assert.NotNull(answer);
        Assert.Equal("x", Assert.Single(origin.Of("tools/call"))["Mcp-Name"]);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_stream_of_changes_may_be_silent_for_long_and_keeps_nobody_awake()
    {
        await using var origin = await ModernAsync(
            async (context, _) =>
            {
                await EventAsync(context, ": nothing\n\n");
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}', request_timeout: 200ms");
        var connection = await bench.ConnectAsync();
        using var listen = await RemoteBench.OpenAsync(connection, "subscriptions/listen");
        Assert.Equal(0, connection.Gate.CallsInside);

        await Assert.ThrowsAsync<InstanceGoneException>(() =>
            RemoteBench.AskAsync(connection, "tools/call")
        );

        var change = listen.ReadAsync().AsTask();
        Assert.False(change.IsCompleted);
        await listen.CancelAsync(notification: null, Cancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => change);
    }

    [Fact(Timeout = 20_000)]
    public async Task Arguments_that_a_tool_marks_go_along_as_headers()
    {
        await using var origin = await ModernAsync(ToolsAsync);
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();

        var list = await RemoteBench.AskAsync(connection, "tools/list");
        await RemoteBench.AskAsync(
            connection,
            "tools/call",
            """{"name":"good","arguments":{"where":{"region":"eu"},"count":42,"flag":true,"none":null}}"""
        );

        Assert.Equal("""{"tools":[GOOD],"ttlMs":5}""".Replace("GOOD", Good), list);
        Assert.Contains("'bad' is left out", bench.LogText, StringComparison.Ordinal);
        var call = Assert.Single(origin.Of("tools/call"));
        Assert.Equal("eu", call["Mcp-Param-Region"]);
        Assert.Equal("42", call["Mcp-Param-Count"]);
        Assert.Equal("true", call["Mcp-Param-Flag"]);
        Assert.Null(call["Mcp-Param-None"]);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_tool_that_is_not_listed_any_more_has_no_headers_of_its_own()
    {
        var lists = 0;
        await using var origin = await ModernAsync(
            (context, seen) =>
                seen.Method == "tools/list" && lists++ > 0
                    ? ResultAsync(context, seen, """{"tools":[]}""")
                    : ToolsAsync(context, seen)
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();
        const string call = """{"name":"good","arguments":{"count":42}}""";

        await RemoteBench.AskAsync(connection, "tools/list");
        await RemoteBench.AskAsync(connection, "tools/call", call);
        await RemoteBench.AskAsync(connection, "tools/list");
        await RemoteBench.AskAsync(connection, "tools/call", call);

        Assert.Equal(["42", null], origin.Of("tools/call").Select(one => one["Mcp-Param-Count"]));
    }

    [Fact(Timeout = 20_000)]
    public async Task A_tool_that_is_called_before_it_was_listed_is_asked_for_on_the_callers_behalf()
    {
        await using var origin = await ModernAsync(
            (context, seen) =>
                seen.Method == "tools/list" && seen["Authorization"] == "Bearer ann"
                    ? ResultAsync(
                        context,
                        seen,
                        seen.Body?["params"]?["cursor"]?.GetValue<string>() == "2"
                            ? $$"""{"tools":[{{Good}}]}"""
                            : """{"tools":[],"nextCursor":"2"}"""
                    )
                    : ResultAsync(context, seen, "{}")
        );
        await using var bench = new RemoteBench(
            $"url: '{origin.Url}', forward_authorization: true"
        );
        var connection = await bench.ConnectAsync();
        var ann = Envelope.Own with { ForwardedAuthorization = "Bearer ann" };
        const string call = """{"name":"good","arguments":{"count":42}}""";

        await RemoteBench.AskAsync(connection, "tools/call", """{"name":"hidden"}""");
        await RemoteBench.AskAsync(connection, "tools/call", """{"name":"hidden"}""");
        Assert.Single(origin.Of("tools/list"));
        await RemoteBench.AskAsync(connection, "tools/call", call, ann);
        await RemoteBench.AskAsync(connection, "tools/call", call, ann);

        Assert.Equal(
            [null, null, "42", "42"],
            origin.Of("tools/call").Select(one => one["Mcp-Param-Count"])
        );
        Assert.Equal(
            [null, "Bearer ann", "Bearer ann"],
            origin.Of("tools/list").Select(one => one["Authorization"])
        );
    }

    [Fact(Timeout = 20_000)]
    public async Task The_callers_own_parameter_headers_go_on_as_they_came()
    {
        await using var origin = await ModernAsync(
            (context, seen) => ResultAsync(context, seen, "{}")
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var envelope = Envelope.Own with
        {
            ParameterHeaders = ImmutableArray.Create(
                new KeyValuePair<string, string>("Mcp-Param-X", "=?base64?eA==?=")
            ),
        };

        await RemoteBench.AskAsync(
            await bench.ConnectAsync(),
            "tools/call",
            """{"name":"t"}""",
            envelope
        );

        Assert.Equal("=?base64?eA==?=", Assert.Single(origin.Of("tools/call"))["Mcp-Param-X"]);
    }

    [Fact(Timeout = 20_000)]
    public async Task To_cancel_is_to_hang_up()
    {
        var (began, aborted) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var origin = await ModernAsync(
            async (context, _) =>
            {
                context.RequestAborted.Register(aborted.SetResult);
                await EventAsync(context, ": waiting\n\n");
                began.SetResult();
                await aborted.Task;
            }
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();
        using var call = await RemoteBench.OpenAsync(connection, "tools/call");
        await began.Task.WaitAsync(Cancelled);

        await call.CancelAsync(notification: null, Cancelled);

        await aborted.Task.WaitAsync(Cancelled);
        Assert.Empty(origin.Of("notifications/cancelled"));
        Assert.Equal(0, connection.Gate.CallsInside);
    }

    private const string Good =
        """{"name":"good","inputSchema":{"type":"object","properties":{"where":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}},"count":{"type":"integer","x-mcp-header":"Count"},"flag":{"type":"boolean","x-mcp-header":"Flag"},"none":{"type":"string","x-mcp-header":"None"}}}}""";

    private const string Bad =
        """{"name":"bad","inputSchema":{"type":"object","properties":{"n":{"type":"number","x-mcp-header":"N"}}}}""";

    private static Task ToolsAsync(HttpContext context, Seen seen) =>
        ResultAsync(
            context,
            seen,
            seen.Method == "tools/list" ? $$"""{"tools":[{{Good}},{{Bad}}],"ttlMs":5}""" : "{}"
        );

    private static Task<ScriptedOrigin> ModernAsync(Func<HttpContext, Seen, Task> answer) =>
        StartAsync(
            (context, seen) =>
                seen.Method == "server/discover"
                    ? ResultAsync(context, seen, Discovered)
                    : answer(context, seen),
            Cancelled
        );

    /// <summary>Gets its token when the test says so.</summary>
    private sealed class SlowWallet : IUpstreamCredentials
    {
        public TaskCompletionSource Asked { get; } = new();

        public TaskCompletionSource Filled { get; } = new();

        public ValueTask<AuthenticationHeaderValue?> GetAsync(
            ServerName server,
            Uri resource,
            Envelope envelope,
            CancellationToken cancellationToken
        ) => new(Filled.Task.IsCompleted ? new AuthenticationHeaderValue("Bearer", "t") : null);

        public async ValueTask<bool> ChallengeAsync(
            ServerName server,
            Uri resource,
            Envelope envelope,
            HttpResponseMessage refused,
            CancellationToken cancellationToken
        )
        {
            Asked.SetResult();
            await Filled.Task.WaitAsync(cancellationToken);
            return true;
        }
    }
}
