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
    private const int MethodNotFound = -32601;
    private const string SessionHeader = "Mcp-Session-Id";

    private readonly DaemonClient _daemon;
    private readonly string _path;
    private string? _session;
    private string? _revision;
    private int _lastId;

    public McpClient(DaemonClient daemon, string? server)
    {
        _daemon = daemon;
        _path = server is null ? "/mcp" : $"/mcp/{Uri.EscapeDataString(server)}";
    }

    /// <summary>Gives the answer to a question of the server, by its method; null refuses.</summary>
    public Func<string, JsonElement?>? Reply { get; init; }

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
        ResultOf(await client.BeginAsync(null, cancellationToken));
        return client;
    }

    /// <summary>Shakes hands, once and first of all.</summary>
    /// <param name="writeIntroduction">Writes what the client says of itself; null for the
    /// command's own words.</param>
    /// <returns>The whole answer, which may be an error.</returns>
    public async Task<JsonElement> BeginAsync(
        Action<Utf8JsonWriter>? writeIntroduction,
        CancellationToken cancellationToken
    )
    {
        var answer = await AskAsync(
            "initialize",
            writeIntroduction ?? WriteHello,
            cancellationToken
        );
        if (answer.TryGetProperty("result", out var result))
        {
            _revision = result.GetProperty("protocolVersion").GetString();
            await NotifyAsync("notifications/initialized", cancellationToken);
        }

        return answer;
    }

    /// <summary>Sends one request and waits for its result.</summary>
    /// <param name="writeParameters">Writes the value of <c>params</c>.</param>
    /// <exception cref="CommandFailedException">The answer is an error.</exception>
    public async Task<JsonElement> RequestAsync(
        string method,
        Action<Utf8JsonWriter> writeParameters,
        CancellationToken cancellationToken
    ) => ResultOf(await AskAsync(method, writeParameters, cancellationToken));

    /// <summary>Sends one request and waits for its answer, be it a result or an error.</summary>
    /// <param name="writeParameters">Writes the value of <c>params</c>; null for none.</param>
    public async Task<JsonElement> AskAsync(
        string method,
        Action<Utf8JsonWriter>? writeParameters,
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

        return await AnswerReader.ReadAsync(
            response,
            id,
            question => ReplyAsync(question, cancellationToken),
            cancellationToken
        );
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

    private static JsonElement ResultOf(JsonElement answer) =>
        answer.TryGetProperty("error", out var error)
            ? throw new CommandFailedException(Describe(error))
            : answer.GetProperty("result");

    // The recorded or refused answer, under the question's own id.
    private async Task ReplyAsync(JsonElement question, CancellationToken cancellationToken)
    {
        var known = Reply?.Invoke(question.GetProperty("method").GetString() ?? "");
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WritePropertyName("id");
            question.GetProperty("id").WriteTo(json);
            WriteReply(json, known);
            json.WriteEndObject();
        }

        using var response = await PostAsync(buffer.ToArray(), cancellationToken);
    }

    private static void WriteReply(Utf8JsonWriter json, JsonElement? known)
    {
        foreach (var name in (string[])["result", "error"])
        {
            if (known is { } answer && answer.TryGetProperty(name, out var value))
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
                return;
            }
        }

        json.WriteStartObject("error");
        json.WriteNumber("code", MethodNotFound);
        json.WriteString("message", "This client answers no questions.");
        json.WriteEndObject();
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
