using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Gantry.TestServer.Stdio;

namespace Gantry.TestServer;

/// <summary>The client, as the server's methods see it.</summary>
internal sealed class Peer(LineOutput output)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> _questions =
        new();
    private int _questionCount;

    public LineOutput Output => output;

    public string? LogLevel { get; set; }

    /// <summary>What the client said it can do; empty before the handshake.</summary>
    public JsonObject Capabilities { get; set; } = [];

    public void Notify(string method, JsonObject parameters) =>
        Send(
            new()
            {
                ["jsonrpc"] = "2.0",
                ["method"] = method,
                ["params"] = parameters,
            }
        );

    public void Log(string level, string text) =>
        Notify(
            "notifications/message",
            new()
            {
                ["level"] = level,
                ["logger"] = "test",
                ["data"] = text,
            }
        );

    public void Progress(JsonNode? token, int progress, int total)
    {
        if (token is not null)
        {
            Notify(
                "notifications/progress",
                new()
                {
                    ["progressToken"] = token.DeepClone(),
                    ["progress"] = progress,
                    ["total"] = total,
                }
            );
        }
    }

    /// <summary>Sends a request of the server's own and waits for the whole answer.</summary>
    public Task<JsonObject> AskAsync(
        string method,
        JsonObject parameters,
        CancellationToken cancellationToken
    )
    {
        var number = Interlocked.Increment(ref _questionCount);
        var id = string.Create(CultureInfo.InvariantCulture, $"question-{number}");
        return AskAsync(id, method, parameters, cancellationToken);
    }

    /// <summary>As above, under this id.</summary>
    public async Task<JsonObject> AskAsync(
        string id,
        string method,
        JsonObject parameters,
        CancellationToken cancellationToken
    )
    {
        var answer = new TaskCompletionSource<JsonObject>(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        _questions[id] = answer;
        Send(
            new()
            {
                ["jsonrpc"] = "2.0",
                ["id"] = id,
                ["method"] = method,
                ["params"] = parameters,
            }
        );
        return await answer.Task.WaitAsync(cancellationToken);
    }

    public void Answered(JsonObject response)
    {
        if (_questions.TryRemove(response.String("id"), out var question))
        {
            question.TrySetResult(response);
        }
    }

    public void Answer(JsonNode? id, JsonObject result) =>
        Send(
            new()
            {
                ["jsonrpc"] = "2.0",
                ["id"] = id?.DeepClone(),
                ["result"] = result,
            }
        );

    public void Refuse(JsonNode? id, int code, string message, JsonObject? details = null)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (details is not null)
        {
            error["data"] = details;
        }

        Send(
            new()
            {
                ["jsonrpc"] = "2.0",
                ["id"] = id?.DeepClone(),
                ["error"] = error,
            }
        );
    }

    private void Send(JsonObject message)
    {
        output.Send(Encoding.UTF8.GetBytes(message.ToJsonString()));
        output.Flush();
    }
}
