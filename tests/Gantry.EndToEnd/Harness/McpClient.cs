using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Gantry.EndToEnd.Harness;

/// <summary>
/// A session over Streamable HTTP that sends what it is told, right or wrong, and shows what comes
/// back.
/// </summary>
internal sealed class McpClient : IAsyncDisposable
{
    public const string Revision = "2025-11-25";

    // No limit here: each scenario has its own, and some calls are meant to take long.
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri _endpoint;
    private int _id;

    private McpClient(Uri endpoint) => _endpoint = endpoint;

    public string? Session { get; private set; }

    /// <summary>An API key to come in with.</summary>
    public string? Key { get; init; }

    /// <summary>Without a handshake: for those who never shake hands.</summary>
    public static McpClient To(Uri endpoint) => new(endpoint);

    public static Task<McpClient> OpenAsync(Uri endpoint, CancellationToken cancellationToken) =>
        OpenAsync(endpoint, key: null, cancellationToken);

    /// <param name="key">An API key to come in with.</param>
    public static async Task<McpClient> OpenAsync(
        Uri endpoint,
        string? key,
        CancellationToken cancellationToken
    )
    {
        var client = new McpClient(endpoint) { Key = key };
        using var answer = await client.SendAsync(
            Message(0, "initialize", Introduction()),
            cancellationToken
        );
        if (answer.StatusCode is not HttpStatusCode.OK)
        {
            var body = await answer.Content.ReadAsStringAsync(cancellationToken);
            throw new InvalidOperationException($"{answer.StatusCode}: {body}");
        }

        await ReadAnswerAsync(answer, cancellationToken);
        client.Session = answer.Headers.TryGetValues("Mcp-Session-Id", out var values)
            ? values.Single()
            : null;
        using var accepted = await client.SendAsync(
            """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
            cancellationToken
        );
        return client;
    }

    public async Task<ToolAnswer> CallAsync(
        string tool,
        string arguments,
        CancellationToken cancellationToken
    )
    {
        var parameters = new JsonObject
        {
            ["name"] = tool,
            ["arguments"] = JsonNode.Parse(arguments),
        };
        return new(await AskAsync("tools/call", parameters, cancellationToken));
    }

    /// <summary>The whole answer to a request.</summary>
    public async Task<JsonObject> AskAsync(
        string method,
        JsonObject parameters,
        CancellationToken cancellationToken
    )
    {
        var id = Interlocked.Increment(ref _id);
        using var answer = await SendAsync(Message(id, method, parameters), cancellationToken);
        return await ReadAnswerAsync(answer, cancellationToken);
    }

    /// <summary>Posts the text, whatever it is, with the headers that a good client sends.</summary>
    public Task<HttpResponseMessage> SendAsync(string body, CancellationToken cancellationToken) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, _endpoint)
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            },
            cancellationToken
        );

    public async Task<HttpStatusCode> EndSessionAsync(CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(
            new HttpRequestMessage(HttpMethod.Delete, _endpoint),
            cancellationToken
        );
        Session = null;
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (Session is not null)
        {
            await TryEndSessionAsync();
        }

        _http.Dispose();
    }

    // The daemon may be gone by now: that is what some scenarios are about.
    private async Task TryEndSessionAsync()
    {
        try
        {
            await EndSessionAsync(CancellationToken.None);
        }
        catch (HttpRequestException)
        {
            Session = null;
        }
    }

    /// <summary>Sends the request with the session's headers on top of its own.</summary>
    public Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        request.Headers.Accept.Add(new("application/json"));
        request.Headers.Accept.Add(new("text/event-stream"));
        if (Key is not null)
        {
            request.Headers.Authorization = new("Bearer", Key);
        }

        if (Session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", Session);
            request.Headers.Add("MCP-Protocol-Version", Revision);
        }

        return _http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            cancellationToken
        );
    }

    private static async Task<JsonObject> ReadAnswerAsync(
        HttpResponseMessage answer,
        CancellationToken cancellationToken
    )
    {
        var isStream = answer.Content.Headers.ContentType is { MediaType: "text/event-stream" };
        using var reader = new StreamReader(
            await answer.Content.ReadAsStreamAsync(cancellationToken)
        );
        return isStream
            ? await ReadStreamAsync(reader, cancellationToken)
            : JsonNode.Parse(await reader.ReadToEndAsync(cancellationToken))?.AsObject()
                ?? throw new FormatException("The answer is not an object.");
    }

    private static async Task<JsonObject> ReadStreamAsync(
        StreamReader reader,
        CancellationToken cancellationToken
    )
    {
        const string Prefix = "data:";
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (
                line.StartsWith(Prefix, StringComparison.Ordinal)
                && line[Prefix.Length..].Trim() is { Length: > 0 } text
                && JsonNode.Parse(text) is JsonObject message
                && !message.ContainsKey("method")
            )
            {
                return message;
            }
        }

        throw new EndOfStreamException("The stream ended without an answer.");
    }

    private static JsonObject Introduction() =>
        new()
        {
            ["protocolVersion"] = Revision,
            ["capabilities"] = new JsonObject(),
            ["clientInfo"] = new JsonObject { ["name"] = "gantry-scenario", ["version"] = "1" },
        };

    private static string Message(int id, string method, JsonObject parameters) =>
        new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = id,
            ["method"] = method,
            ["params"] = parameters,
        }.ToJsonString();
}
