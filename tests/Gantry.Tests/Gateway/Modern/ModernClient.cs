using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Gantry.Gateway.Modern;

/// <summary>A client without a session.</summary>
internal sealed class ModernClient(Uri gateway, string server = "echo") : IDisposable
{
    private const string Revision = "2026-07-28";

    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What its requests say it can do.</summary>
    public string Capabilities { get; set; } = "{}";

    /// <summary>Further members of <c>_meta</c>, each with a comma before.</summary>
    public string MoreMeta { get; set; } = "";

    public string Meta =>
        $$"""{"io.modelcontextprotocol/protocolVersion":"{{Revision}}","io.modelcontextprotocol/clientCapabilities":{{Capabilities}}{{MoreMeta}}}""";

    /// <param name="members">Further members of the params, each with a comma behind.</param>
    public string Request(string method, string members = "", string id = "1") =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{{{{members}}}"_meta":{{{Meta}}}}}""";

    /// <summary>Posts a tool's call with all the headers that belong to it.</summary>
    public Task<HttpResponseMessage> CallAsync(string members = "", string id = "1") =>
        PostAsync(
            Request("tools/call", "\"name\":\"t\"," + members, id),
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "t")
        );

    /// <summary>The same for a tool of another name.</summary>
    public Task<HttpResponseMessage> CallToolAsync(string tool, string members = "") =>
        PostAsync(
            Request("tools/call", $"\"name\":\"{tool}\"," + members),
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", tool)
        );

    public Task<HttpResponseMessage> AskAsync(string method, string members = "") =>
        PostAsync(Request(method, members), ("Mcp-Method", method));

    /// <summary>Asks, and gives what is answered.</summary>
    /// <param name="name">What it is about, where a header says that too.</param>
    public async Task<JsonElement> ResultAsync(
        string method,
        string members = "",
        string? name = null
    )
    {
        var text = Request(method, members);
        using var response = name is null
            ? await PostAsync(text, ("Mcp-Method", method))
            : await PostAsync(text, ("Mcp-Method", method), ("Mcp-Name", name));
        return await ResultAsync(response);
    }

    public async Task<HttpResponseMessage> PostAsync(
        string json,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(gateway, $"/mcp/{server}")
        );
        request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        if (!headers.Any(header => header.Name == "MCP-Protocol-Version"))
        {
            request.Headers.Add("MCP-Protocol-Version", Revision);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
    }

    public static async Task<JsonElement> ResultAsync(HttpResponseMessage response)
    {
        var answer = await Client.JsonAsync(response);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return answer.GetProperty("result");
    }

    /// <summary>The status, and the code of the error.</summary>
    public static async Task<(int Status, int Code)> ErrorAsync(HttpResponseMessage response)
    {
        var error = (await Client.JsonAsync(response)).GetProperty("error");
        return ((int)response.StatusCode, error.GetProperty("code").GetInt32());
    }

    public void Dispose() => _http.Dispose();
}
