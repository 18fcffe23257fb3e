using System.Text.Json.Nodes;

namespace Gantry.TestServer;

/// <summary>One request, and how its method speaks to the client in the server's era.</summary>
internal sealed class Turn(Peer peer, JsonNode? id, JsonObject parameters, Rounds? rounds)
{
    private const string LogLevel = "io.modelcontextprotocol/logLevel";
    private const string ClientCapabilities = "io.modelcontextprotocol/clientCapabilities";

    public JsonObject Parameters => parameters;

    public JsonNode? Id => id;

    public JsonNode? ProgressToken => Meta["progressToken"];

    /// <summary>What the client can do: said once, or with each request.</summary>
    public JsonObject Capabilities =>
        rounds is null ? peer.Capabilities : Meta[ClientCapabilities] as JsonObject ?? [];

    private JsonObject Meta => parameters["_meta"] as JsonObject ?? [];

    /// <summary>A log message, where the era and the client want one.</summary>
    public void Log(string level, string text)
    {
        if (rounds is null || Meta.ContainsKey(LogLevel))
        {
            peer.Log(level, text);
        }
    }

    /// <summary>Asks all of it at once, and gives the results in the same order.</summary>
    public Task<JsonObject[]> AskAsync(Question[] questions, CancellationToken cancellationToken) =>
        rounds is null
            ? Task.WhenAll(questions.Select(one => AskNowAsync(one, cancellationToken)))
            : Task.FromResult(rounds.Ask(this, questions));

    public async Task<JsonObject> AskAsync(
        Question question,
        CancellationToken cancellationToken
    ) => (await AskAsync([question], cancellationToken))[0];

    private async Task<JsonObject> AskNowAsync(
        Question question,
        CancellationToken cancellationToken
    )
    {
        var answer = await peer.AskAsync(
            question.Key,
            question.Method,
            question.Parameters,
            cancellationToken
        );
        return answer["result"] as JsonObject
            ?? throw new RefusedException(
                RefusedException.InvalidParams,
                $"The client refused: {answer["error"]?.ToJsonString()}"
            );
    }
}

/// <summary>Something to ask the client.</summary>
/// <param name="Key">Names it among the questions of a request; the id of a request of the
/// server's own in the era that has such.</param>
internal sealed record Question(string Key, string Method, JsonObject Parameters)
{
    /// <summary>What a client must have declared to be asked this.</summary>
    public string Capability => Method[..Method.IndexOf('/')];
}
