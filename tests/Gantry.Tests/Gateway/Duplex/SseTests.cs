using System.Net;
using System.Text;
using System.Text.Json;
using Gantry.Config;
using Xunit;

namespace Gantry.Gateway.Duplex;

public sealed class SseTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_client_of_the_oldest_revision_is_served_on_its_stream()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await SseClient.OpenAsync(gateway.Address, "/mcp/echo/sse");

        Assert.StartsWith("message?sessionId=", client.Endpoint, StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.Accepted,
            await client.SendAsync(Client.Initialize("2024-11-05"))
        );
        var welcome = await client.Events.NextMessageAsync();
        Assert.Equal(
            "2024-11-05",
            welcome.GetProperty("result").GetProperty("protocolVersion").GetString()
        );
        await client.SendAsync(Client.Request("\"a\"", "tools/list"));
        Assert.Equal("a", (await client.Events.NextMessageAsync()).GetProperty("id").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task The_end_of_the_stream_is_the_end_of_the_session()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        var client = await SseClient.OpenAsync(gateway.Address, "/mcp/echo/sse");
        await client.InitializeAsync();
        await client.SendAsync(Client.Request("1", "tools/call"));
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);

        client.Dispose();

        await call.Cancelled.WaitAsync(Cancelled);
        while (gateway.Sessions.All.Any())
        {
            await Task.Yield();
        }
    }

    [Fact(Timeout = Patience)]
    public async Task What_is_sent_to_a_stream_that_is_not_there_is_refused()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        gateway.Define("other");
        using var client = await SseClient.OpenAsync(gateway.Address, "/mcp/echo/sse");
        using var http = new HttpClient { BaseAddress = gateway.Address };
        using var body = Json("{}");
        using var elsewhere = Json(Client.Initialize());

        using var unknown = await http.PostAsync("/mcp/echo/message?sessionId=x", body, Cancelled);
        using var wrong = await http.PostAsync(
            $"/mcp/other/{client.Endpoint}",
            elsewhere,
            Cancelled
        );

        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, await client.SendAsync("{"));
        Assert.Equal(HttpStatusCode.BadRequest, await client.SendAsync("{}"));
    }

    [Fact(Timeout = Patience)]
    public async Task Before_a_session_requests_are_refused_and_pings_are_not()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await SseClient.OpenAsync(gateway.Address, "/mcp/echo/sse");

        await client.SendAsync(Client.Request("1", "tools/list"));
        (await client.Events.NextMessageAsync()).GetProperty("error");
        await client.SendAsync(Client.Request("2", "ping"));
        (await client.Events.NextMessageAsync()).GetProperty("result");
    }

    [Fact(Timeout = Patience)]
    public async Task A_stream_is_kept_alive_and_one_without_a_session_is_ended()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var silent = await SseClient.OpenAsync(gateway.Address, "/mcp/echo/sse");
        using var client = await SseClient.OpenAsync(gateway.Address, "/mcp/echo/sse");
        await client.InitializeAsync();

        gateway.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(": keep-alive", await client.Events.NextAsync());
        while (await silent.Events.NextAsync() is { } text)
        {
            Assert.Equal(": keep-alive", text);
        }
    }

    [Fact(Timeout = Patience)]
    public async Task What_a_server_says_unasked_comes_on_the_stream_too()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await SseClient.OpenAsync(gateway.Address, "/mcp/echo/sse");
        await client.InitializeAsync();

        echo.Say(Client.Notification("notifications/tools/list_changed"));

        Assert.Equal(
            "notifications/tools/list_changed",
            (await client.Events.NextMessageAsync()).GetProperty("method").GetString()
        );
    }

    [Theory(Timeout = Patience)]
    [InlineData("/mcp/files/sse", "x")]
    [InlineData("/mcp/sse", "files__x")]
    public async Task No_header_repeats_an_argument_where_messages_have_none(
        string path,
        string tool
    )
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        MarkedTool.Serve(gateway);
        using var client = await SseClient.OpenAsync(gateway.Address, path);

        await client.SendAsync(MarkedTool.Call(tool));
        var answer = await client.Events.NextMessageAsync();

        Assert.Equal("there", answer.GetProperty("result").GetProperty("name").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task A_client_that_does_not_read_is_cut_off_and_the_server_is_told()
    {
        var limits = new GatewayLimits { MaxUnreadBytes = 4_000_000 };
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync(limits);
        await using var _ = gateway;
        var text = new string('x', 1_000_000);
        echo.Script = call => call.Respond($"\"{text}\"");
        using var client = await SseClient.OpenAsync(gateway.Address, "/mcp/echo/sse");
        await client.InitializeAsync();

        // Nothing is read: what the sockets between hold is soon full, and then the rest waits.
        for (var id = 1; gateway.Sessions.All.Any(); id++)
        {
            await client.TrySendAsync(
                Client.Request(id.ToString(System.Globalization.CultureInfo.InvariantCulture), "x"),
                () => gateway.Clock.Advance(TimeSpan.FromSeconds(5))
            );
        }

        // Its stream goes a moment after the session.
        while (await client.SendAsync(Client.Request("0", "x")) is not HttpStatusCode.NotFound)
        {
            await Task.Yield();
        }
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}

/// <summary>A client with a stream and, beside it, an address to send to.</summary>
internal sealed class SseClient : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri _stream;

    private SseClient(Uri stream, HttpResponseMessage response, string endpoint)
    {
        (_stream, Endpoint) = (stream, endpoint);
        Events = new(response);
    }

    public string Endpoint { get; private set; }

    public Events Events { get; private set; }

    /// <summary>Sent with all that follows.</summary>
    public string? Authorization
    {
        get;
        set
        {
            field = value;
            _http.DefaultRequestHeaders.Remove("Authorization");
            _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", value);
        }
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<SseClient> OpenAsync(
        Uri gateway,
        string path,
        string? authorization = null
    )
    {
        var stream = new Uri(gateway, path);
        using var http = new HttpClient();
        var request = new HttpRequestMessage(HttpMethod.Get, stream);
        request.Headers.Accept.ParseAdd("text/event-stream");
        var client = new SseClient(stream, new(), "") { Authorization = authorization };
        var response = await client._http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            Cancelled
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        client.Events = new(response);
        client.Endpoint = await client.Events.NextAsync() ?? "";
        return client;
    }

    public async Task<JsonElement> InitializeAsync()
    {
        await SendAsync(Client.Initialize());
        return await Events.NextMessageAsync();
    }

    public async Task<HttpStatusCode> SendAsync(string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(new Uri(_stream, Endpoint), body, Cancelled);
        return response.StatusCode;
    }

    /// <summary>Sends, and lets time pass while that waits.</summary>
    public async Task TrySendAsync(string json, Action pass)
    {
        var sending = SendAsync(json);
        while (!sending.IsCompleted)
        {
            pass();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancelled);
        }

        await sending;
    }

    public void Dispose()
    {
        Events.Dispose();
        _http.Dispose();
    }
}
