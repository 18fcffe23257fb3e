using System.Net;
using System.Text;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Gateway;

/// <summary>Requests that a good client never sends.</summary>
public sealed class HostileClientTests : Scenario
{
    [Fact(Timeout = 60_000)]
    public async Task An_unknown_server_is_not_found_and_the_known_ones_are_named()
    {
        Write(TestServer("alpha"));
        Write(TestServer("beta"));
        await UpAsync();
        await using var client = McpClient.To(Gantry.EndpointOf("gamma"));

        using var answer = await client.SendAsync(
            """{"jsonrpc":"2.0","id":1,"method":"ping"}""",
            Token
        );

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var body = await answer.Content.ReadAsStringAsync(Token);
        Assert.Contains("alpha", body, StringComparison.Ordinal);
        Assert.Contains("beta", body, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_of_many_lines_reaches_the_server_as_one()
    {
        var record = Path.Combine(Home, "record");
        Write(TestServer("alpha", "--record", record));
        await UpAsync();
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        const string Start =
            """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x","more":""";
        const string End = "}}}";
        const string Smuggled =
            """{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"crash"}}""";

        using var answer = await client.SendAsync($"{Start}\n{Smuggled}\n{End}", Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await answer.Content.ReadAsStringAsync(Token);
        Assert.DoesNotContain(
            Recorded(record),
            line =>
                line.StartsWith('>')
                && line.Contains("\"crash\"", StringComparison.Ordinal)
                && !line.Contains("\"echo\"", StringComparison.Ordinal)
        );
        Assert.Equal("x", (await client.CallAsync("echo", """{"text":"x"}""", Token)).Text);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData(
        """{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}""",
        HttpStatusCode.BadRequest
    )]
    public async Task A_body_that_is_no_message_is_refused(string body, HttpStatusCode expected)
    {
        Write(TestServer("alpha"));
        await UpAsync();
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);

        using var answer = await client.SendAsync(body, Token);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_page_of_another_site_is_refused()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        await using var client = McpClient.To(Gantry.EndpointOf("alpha"));
        using var request = new HttpRequestMessage(HttpMethod.Post, Gantry.EndpointOf("alpha"))
        {
            Content = new StringContent(
                """{"jsonrpc":"2.0","id":1,"method":"ping"}""",
                Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Add("Origin", "https://evil.example");

        using var answer = await client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_session_that_was_ended_is_unknown()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        var session = client.Session;
        await client.EndSessionAsync(Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, Gantry.EndpointOf("alpha"))
        {
            Content = new StringContent(
                """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""",
                Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Add("Mcp-Session-Id", session);

        using var answer = await client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
