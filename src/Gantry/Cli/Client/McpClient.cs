using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gantry.Admin;

namespace Gantry.Cli.Client;

/// <summary>
/// A session with one server, or all as one, through the gateway, just enough for the commands: requests one after
/// another, no capabilities, no stream of its own.
/// </summary>
internal sealed class McpClient : IAsyncDisposable
{
    private const string Revision = "2025-11-25";
    private const string SessionHeader = "Mcp-Session-Id";

    private readonly DaemonClient _daemon;
    private readonly string _path;
    private string? _session;
    private string? _revision;
    private int _lastId;

    private McpClient(DaemonClient daemon, string? server)
    {
        _daemon = daemon;
        _path = server is null ? "/mcp" : $"/mcp/{Uri.EscapeDataString(server)}";
    }

    /// <summary>Opens a session. Waits until the server is ready, or the gateway gives up.</summary>
    /// <param name="server">Null for all servers as one.</param>
    /// <exception cref="CommandFailedException">The server is not there or not to be had.
    /// </exception>
    public static async Task<McpClient> ConnectAsync(
        DaemonClient daemon,
        string? server,
        CancellationToken cancellationToken
    )
    {
        var client = new McpClient(daemon, server);
        var result = await client.RequestAsync("initialize", WriteHello, cancellationToken);
        client._revision = result.GetProperty("protocolVersion").GetString();
        await client.NotifyAsync("notifications/initialized", cancellationToken);
        return client;
    }

    /// <summary>Sends one request and waits for its result.</summary>
    /// <param name="writeParameters">Writes the value of <c>params</c>.</param>
    /// <exception cref="CommandFailedException">The answer is an error.</exception>
    public async Task<JsonElement> RequestAsync(
        string method,
        Action<Utf8JsonWriter> writeParameters,
        CancellationToken cancellationToken
    )
    {
        var id = ++_lastId;
        var body = Message(method, id, writeParameters);
        using var response = await PostAsync(body, cancellationToken);
        if (response.Headers.TryGetValues(SessionHeader, out var sessions))
        {
            _session = sessions.First();
        }

        var answer = await AnswerReader.ReadAsync(response, id, cancellationToken);
        return answer.TryGetProperty("error", out var error)
            ? throw new CommandFailedException(Describe(error))
            : answer.GetProperty("result");
    }

    /// <summary>Ends the session, so that the gateway need not wait for its idle timeout.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_session is null)
        {
            return;
        }

        using var request = Request(HttpMethod.Delete);
        using var response = await _daemon.SendRawAsync(request, CancellationToken.None);
    }

    private async Task NotifyAsync(string method, CancellationToken cancellationToken)
    {
        using var response = await PostAsync(Message(method, null, null), cancellationToken);
    }

    private async Task<HttpResponseMessage> PostAsync(
        byte[] body,
        CancellationToken cancellationToken
    )
    {
        using var request = Request(HttpMethod.Post);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        return await _daemon.SendRawAsync(request, cancellationToken);
    }

    private HttpRequestMessage Request(HttpMethod method)
    {
        var request = new HttpRequestMessage(method, _path);
        if (_session is not null)
        {
            request.Headers.Add(SessionHeader, _session);
        }

        if (_revision is not null)
        {
            request.Headers.Add("MCP-Protocol-Version", _revision);
        }

        return request;
    }

    private static byte[] Message(string method, int? id, Action<Utf8JsonWriter>? writeParameters)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            if (id is { } number)
            {
                json.WriteNumber("id", number);
            }

            json.WriteString("method", method);
            if (writeParameters is not null)
            {
                json.WritePropertyName("params");
                writeParameters(json);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteHello(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("protocolVersion", Revision);
        json.WriteStartObject("capabilities");
        json.WriteEndObject();
        json.WriteStartObject("clientInfo");
        json.WriteString("name", "gantry");
        json.WriteString("version", ProductVersion.Text);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Describe(JsonElement error) =>
        error.TryGetProperty("message", out var message)
        && message.ValueKind is JsonValueKind.String
            ? message.GetString() ?? ""
            : error.GetRawText();
}
