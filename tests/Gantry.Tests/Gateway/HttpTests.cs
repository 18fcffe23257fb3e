using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gantry.Config;
using Xunit;

namespace Gantry.Gateway;

public sealed class HttpTests
{
    private const int Patience = 30_000;

    [Fact(Timeout = Patience)]
    public async Task A_call_is_answered_with_the_clients_own_id()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = call => call.Respond("""{"content":[]}""");
        using var client = await gateway.NewSessionAsync();

        using var response = await client.PostAsync(Client.Request("\"a-1\"", "tools/call"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            """{"jsonrpc":"2.0","id":"a-1","result":{"content":[]}}""",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
    }

    [Fact(Timeout = Patience)]
    public async Task Initialize_is_answered_from_the_instances_handshake()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = gateway.NewClient();

        var result = (await client.InitializeAsync("2025-06-18")).GetProperty("result");

        Assert.Equal("2025-06-18", result.GetProperty("protocolVersion").GetString());
        Assert.Equal("Be kind.", result.GetProperty("instructions").GetString());
        Assert.Equal(
            echo.Instance.Value,
            result.GetProperty("serverInfo").GetProperty("name").GetString()
        );
        var capabilities = result.GetProperty("capabilities");
        Assert.True(capabilities.TryGetProperty("tools", out var _));
        Assert.False(capabilities.TryGetProperty("tasks", out var _));
        Assert.Matches("^[A-Za-z0-9_-]{22}$", client.Session ?? "");
        Assert.False(echo.Calls.Reader.TryRead(out var _));
    }

    [Theory(Timeout = Patience)]
    [InlineData("2024-11-05", "2024-11-05")]
    [InlineData("2099-01-01", "2025-11-25")]
    [InlineData("2026-07-28", "2025-11-25")]
    public async Task The_agreed_revision_is_one_that_both_know(string asked, string agreed)
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = gateway.NewClient();

        var answer = await client.InitializeAsync(asked);

        Assert.Equal(
            agreed,
            answer.GetProperty("result").GetProperty("protocolVersion").GetString()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task Progress_makes_the_answer_a_stream()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = call =>
        {
            call.Progress(1);
            call.Respond("{}");
        };
        using var client = await gateway.NewSessionAsync();

        using var response = await client.PostAsync(
            Client.Request("7", "tools/call", """{"_meta":{"progressToken":"mine"}}""")
        );
        using var events = new Events(response);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        var progress = await events.NextMessageAsync();
        Assert.Equal(
            "mine",
            progress.GetProperty("params").GetProperty("progressToken").GetString()
        );
        Assert.Equal(7, (await events.NextMessageAsync()).GetProperty("id").GetInt32());
        Assert.Null(await events.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task Whoever_takes_no_stream_gets_the_response_alone()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = call =>
        {
            call.Progress(1);
            call.Respond("{}");
        };
        using var client = await gateway.NewSessionAsync();
        using var request = client.NewRequest(HttpMethod.Post, Client.Request("7", "tools/call"));
        request.Headers.Accept.Clear();
        request.Headers.Accept.Add(new("application/json"));

        using var response = await client.SendAsync(request);

        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(7, (await Client.JsonAsync(response)).GetProperty("id").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task Whoever_takes_only_a_stream_gets_one()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        using var request = client.NewRequest(HttpMethod.Post, Client.Request("7", "tools/call"));
        request.Headers.Accept.Clear();
        request.Headers.Accept.Add(new("text/event-stream"));

        using var response = await client.SendAsync(request);
        using var events = new Events(response);

        Assert.Equal(7, (await events.NextMessageAsync()).GetProperty("id").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task Notifications_and_answers_are_accepted()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        using var one = await client.PostAsync(Client.Notification("notifications/initialized"));
        using var two = await client.PostAsync("""{"jsonrpc":"2.0","id":1,"result":{}}""");

        Assert.Equal(HttpStatusCode.Accepted, one.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, two.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task A_session_is_named_or_refused()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        gateway.Define("other");
        using var client = gateway.NewClient();

        using var missing = await client.PostAsync(Client.Request("\"x\"", "tools/list"));
        client.Session = "unheard-of";
        using var unknown = await client.PostAsync(Client.Request("1", "tools/list"));
        using var strangers = await gateway.NewSessionAsync();
        using var elsewhere = gateway.NewClient("other");
        elsewhere.Session = strangers.Session;
        using var foreign = await elsewhere.PostAsync(Client.Request("1", "tools/list"));

        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        Assert.Equal("x", (await Client.JsonAsync(missing)).GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task Delete_ends_the_session()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        using var ended = await client.DeleteAsync();
        using var after = await client.PostAsync(Client.Request("1", "tools/list"));
        using var again = await client.DeleteAsync();

        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, after.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task Other_verbs_are_not_allowed()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = gateway.NewClient();

        using var response = await client.SendAsync(client.NewRequest(HttpMethod.Put, "{}"));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "POST", "DELETE"], response.Content.Headers.Allow);
    }

    [Theory(Timeout = Patience)]
    [InlineData("Host", "evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Host", "localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://evil.example:80/localhost", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "file://localhost", HttpStatusCode.Forbidden)]
    [InlineData("Host", "localhost:1", HttpStatusCode.OK)]
    [InlineData("Host", "[::1]:1", HttpStatusCode.OK)]
    [InlineData("Origin", "http://localhost:6274", HttpStatusCode.OK)]
    [InlineData("Origin", "https://127.0.0.1", HttpStatusCode.OK)]
    [InlineData("MCP-Protocol-Version", "2024-01-01", HttpStatusCode.BadRequest)]
    [InlineData("MCP-Protocol-Version", "2026-07-28", HttpStatusCode.BadRequest)]
    [InlineData("MCP-Protocol-Version", "2025-03-26", HttpStatusCode.OK)]
    [InlineData("Accept", "text/html", HttpStatusCode.NotAcceptable)]
    [InlineData("Accept", "*/*", HttpStatusCode.OK)]
    [InlineData("Accept", "application/json", HttpStatusCode.OK)]
    public async Task Headers_are_checked(string header, string value, HttpStatusCode status)
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        using var request = client.NewRequest(HttpMethod.Post, Client.Request("1", "tools/list"));
        request.Headers.Remove(header);
        request.Headers.TryAddWithoutValidation(header, value);

        using var response = await client.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
    }

    [Theory(Timeout = Patience)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/jsonp", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json; charset=utf-8", HttpStatusCode.OK)]
    [InlineData("Application/JSON", HttpStatusCode.OK)]
    public async Task Only_json_comes_in(string contentType, HttpStatusCode status)
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        using var request = client.NewRequest(HttpMethod.Post, Client.Request("1", "tools/list"));
        var content = request.Content ?? throw new InvalidOperationException("no content");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);

        using var response = await client.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
    }

    [Theory(Timeout = Patience)]
    [InlineData(100, HttpStatusCode.OK)]
    [InlineData(1_000_000, HttpStatusCode.OK)]
    [InlineData(2_000_000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_has_a_greatest_length(int length, HttpStatusCode status)
    {
        var limits = new GatewayLimits { MaxBodySize = 1_500_000 };
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync(limits);
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        var json = Client.Request("1", "tools/call", $$"""{"x":"{{new string('x', length)}}"}""");

        using var announced = await client.PostAsync(json);
        using var chunks = client.NewRequest(HttpMethod.Post, json);
        chunks.Headers.TransferEncodingChunked = true;
        using var unannounced = await client.SendAsync(chunks);

        Assert.Equal(status, announced.StatusCode);
        Assert.Equal(status, unannounced.StatusCode);
    }

    [Theory(Timeout = Patience)]
    [InlineData("{", -32700)]
    [InlineData("", -32700)]
    [InlineData("[]", -32600)]
    [InlineData("{}", -32600)]
    [InlineData("""{"jsonrpc":2,"id":1,"method":"x"}""", -32600)]
    public async Task What_is_no_message_is_a_bad_request(string body, int code)
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        using var request = client.NewRequest(HttpMethod.Post, body);
        request.Headers.Add("MCP-Protocol-Version", "2025-11-25");

        using var response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = (await Client.JsonAsync(response)).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetInt32());
    }

    [Theory(Timeout = Patience)]
    [InlineData("flies", "There is no server 'flies'. Did you mean 'files'? Servers: echo, files.")]
    [InlineData("/echo", "There is no server '/echo'. Did you mean 'echo'? Servers: echo, files.")]
    [InlineData("g/note", "There is no group 'note'. Did you mean 'notes'?")]
    public async Task An_unknown_server_is_not_found_and_the_others_are_named(
        string path,
        string expected
    )
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        gateway.Define("files");
        gateway.DefineGroups(new GroupSpec(ServerName.Parse("notes"), new("x", 1, 1)));
        using var client = gateway.NewClient(path);

        using var response = await client.PostAsync(Client.Initialize());

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(
            expected,
            (await Client.JsonAsync(response))
                .GetProperty("error")
                .GetProperty("message")
                .GetString()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task Random_bytes_never_break_the_gateway()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        var dice = new Random(20261121);
        for (var round = 0; round < 300; round++)
        {
            using var request = client.NewRequest(HttpMethod.Post);
            request.Content = new ByteArrayContent(Mutate(dice));
            request.Content.Headers.ContentType = new("application/json");

            using var response = await client.SendAsync(request);

            Assert.InRange((int)response.StatusCode, 200, 499);
        }
    }

    private static byte[] Mutate(Random dice)
    {
        var bytes = Encoding.UTF8.GetBytes(
            """[{"jsonrpc":"2.0","id":1,"method":"to\u006fls/call","params":{"_meta":{"progressToken":"\ud83d\ude00"},"name":"x","uri":"a:b"}}]"""
        );
        var start = dice.Next(2);
        var message = bytes.AsSpan(start, bytes.Length - (2 * start)).ToArray();
        for (var change = dice.Next(4); change >= 0; change--)
        {
            message[dice.Next(message.Length)] = (byte)dice.Next(256);
        }

        return message;
    }
}
