using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Gantry.EndToEnd.Harness;

namespace Gantry.EndToEnd.Flow;

/// <summary>
/// A client with a session on a stream that carries everything, which asks and then does not read.
/// </summary>
internal sealed class DeafClient : IDisposable
{
    private const int SmallWindow = 8 * 1024;

    private const string Hello =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"deaf","version":"1"}}}""";

    private readonly SocketsHttpHandler _handler = new() { ConnectCallback = ConnectAsync };
    private readonly HttpClient _http;
    private readonly ClientWebSocket _webSocket = new();
    private readonly List<Task> _posts = [];
    private HttpResponseMessage? _stream;
    private Uri? _messages;

    private DeafClient() =>
        _http = new(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    public static async Task<DeafClient> OnEventsAsync(
        Uri server,
        CancellationToken cancellationToken
    )
    {
        var client = new DeafClient();
        client._stream = await client._http.GetAsync(
            new Uri($"{server}/sse"),
            HttpCompletionOption.ResponseHeadersRead,
            cancellationToken
        );
        var reader = new StreamReader(
            await client._stream.Content.ReadAsStreamAsync(cancellationToken)
        );
        await reader.ReadLineAsync(cancellationToken);
        var endpoint = await reader.ReadLineAsync(cancellationToken) ?? "";
        client._messages = new(new Uri($"{server}/sse"), endpoint["data: ".Length..]);
        await client.PostAsync(Hello, cancellationToken);
        return client;
    }

    public static async Task<DeafClient> OnWebSocketAsync(
        Uri server,
        CancellationToken cancellationToken
    )
    {
        var client = new DeafClient();
        client._webSocket.Options.AddSubProtocol("mcp");
        var address = new UriBuilder($"{server}/ws") { Scheme = "ws" };
        using var invoker = new HttpMessageInvoker(client._handler, disposeHandler: false);
        await client._webSocket.ConnectAsync(address.Uri, invoker, cancellationToken);
        await client.SendAsync(Hello, cancellationToken);
        return client;
    }

    /// <summary>Asks without waiting for anything.</summary>
    public async Task AskAsync(int id, int bytes, CancellationToken cancellationToken)
    {
        var call =
            $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"arguments":{"bytes":{{{bytes}}} },"name":"big"}}""";
        if (_messages is null)
        {
            await SendAsync(call, cancellationToken);
        }
        else
        {
            _posts.Add(PostAsync(call, cancellationToken));
        }
    }

    /// <summary>Returns when Gantry has given it up.</summary>
    public async Task UntilCutAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_posts);
        await Eventually.TrueAsync(
            "the one that does not read is cut",
            () => IsCutAsync(cancellationToken),
            cancellationToken
        );
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _webSocket.Dispose();
        _http.Dispose();
        _handler.Dispose();
    }

    private async Task<bool> IsCutAsync(CancellationToken cancellationToken)
    {
        const string Word = """{"jsonrpc":"2.0","method":"notifications/x"}""";
        if (_messages is not null)
        {
            return await PostAsync(Word, cancellationToken) is HttpStatusCode.NotFound;
        }

        try
        {
            await SendAsync(Word, cancellationToken);
            return false;
        }
        catch (WebSocketException)
        {
            return true;
        }
    }

    private async Task<HttpStatusCode> PostAsync(string json, CancellationToken cancellationToken)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(_messages, content, cancellationToken);
        return answer.StatusCode;
    }

    private Task SendAsync(string json, CancellationToken cancellationToken) =>
        _webSocket.SendAsync(
            Encoding.UTF8.GetBytes(json),
            WebSocketMessageType.Text,
            endOfMessage: true,
            cancellationToken
        );

    // What the system would take in for it could hide how little it reads.
    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveBufferSize = SmallWindow,
            NoDelay = true,
        };
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
