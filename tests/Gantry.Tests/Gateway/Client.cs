using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Gantry.Gateway;

/// <summary>A client that shows the HTTP it gets.</summary>
internal sealed class Client : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _address;

    public Client(Uri gateway, string server)
        : this(new(gateway, $"/mcp/{server}")) { }

    /// <param name="handler">How it connects; null for the usual way.</param>
    public Client(Uri address, HttpMessageHandler? handler = null)
    {
        _address = address;
        _http = new(handler ?? new SocketsHttpHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public string? Session { get; set; }

    /// <summary>What it shows to be let in.</summary>
    public string? Authorization { get; set; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static string Request(string id, string method, string @params = "{}") =>
        $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{@params}}}""";

    public static string Notification(string method, string @params = "{}") =>
        $$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{@params}}}""";

    public static string Initialize(string revision = "2025-11-25") =>
        Request(
            "0",
            "initialize",
            $$$"""{"protocolVersion":"{{{revision}}}","capabilities":{"sampling":{}},"clientInfo":{"name":"test","version":"1"}}"""
        );

    public async Task<JsonElement> InitializeAsync(string revision = "2025-11-25")
    {
        using var response = await PostAsync(Initialize(revision));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Session = response.Headers.GetValues("Mcp-Session-Id").Single();
        return await JsonAsync(response);
    }

    public HttpRequestMessage NewRequest(HttpMethod method, string? json = null)
    {
        var request = new HttpRequestMessage(method, _address);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Headers.TryAddWithoutValidation("Authorization", Authorization);
        if (Session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", Session);
        }

        return request;
    }

    /// <summary>The response once its headers are here.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);

    public Task<HttpResponseMessage> PostAsync(string json) =>
        SendAsync(NewRequest(HttpMethod.Post, json));

    public Task<HttpResponseMessage> GetAsync() => SendAsync(NewRequest(HttpMethod.Get));

    public Task<HttpResponseMessage> DeleteAsync() => SendAsync(NewRequest(HttpMethod.Delete));

    /// <summary>Sends a request and gives the JSON that answers it.</summary>
    public async Task<JsonElement> CallAsync(string id, string method, string @params = "{}")
    {
        using var response = await PostAsync(Request(id, method, @params));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await JsonAsync(response);
    }

    /// <summary>The JSON that answers; of a stream, the last message.</summary>
    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        var last = text.LastIndexOf("data: ", StringComparison.Ordinal);
        return Parse(last < 0 ? text : text[(last + "data: ".Length)..]);
    }

    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>Reads a stream of events, one at a time.</summary>
internal sealed class Events(HttpResponseMessage response) : IDisposable
{
    private StreamReader? _reader;

    /// <summary>The id of the latest event.</summary>
    public string? LastId { get; private set; }

    /// <summary>The next message, with comments as they are; null at the end.</summary>
    public async Task<string?> NextAsync()
    {
        var cancelled = TestContext.Current.CancellationToken;
        _reader ??= new(await response.Content.ReadAsStreamAsync(cancelled));
        while (await _reader.ReadLineAsync(cancelled) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                LastId = line["id: ".Length..];
            }

            // An event without a message only says where the stream can be resumed.
            if (
                line.StartsWith("data: ", StringComparison.Ordinal)
                && line.Length > "data: ".Length
            )
            {
                return line["data: ".Length..];
            }

            if (line.StartsWith(':'))
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>The next message; comments are passed over, as many as time has brought.</summary>
    public async Task<JsonElement> NextMessageAsync()
    {
        while (await NextAsync() is { } text)
        {
            if (!text.StartsWith(':'))
            {
                return Client.Parse(text);
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }

    /// <summary>The next message of that method; a changed list may be told at any time before
    /// it.</summary>
    public async Task<JsonElement> NextMessageAsync(string method)
    {
        while (true)
        {
            var message = await NextMessageAsync();
            if (message.TryGetProperty("method", out var its) && its.GetString() == method)
            {
                return message;
            }
        }
    }

    public void Dispose()
    {
        _reader?.Dispose();
        response.Dispose();
    }
}
