using System.Net.ServerSentEvents;
using System.Text.Json;
using Gantry.Wire;

namespace Gantry.Cli.Client;

/// <summary>Finds the answer to a request in a response, be it plain JSON or an event stream.
/// </summary>
internal static class AnswerReader
{
    // As deep as the gateway lets messages be.
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = Frame.MaxDepth };

    /// <param name="reply">Called with what the server asks meanwhile.</param>
    /// <exception cref="CommandFailedException">There is none.</exception>
    public static async Task<JsonElement> ReadAsync(
        HttpResponseMessage response,
        int id,
        Func<JsonElement, Task> reply,
        CancellationToken cancellationToken
    )
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return response.Content.Headers.ContentType?.MediaType switch
        {
            "text/event-stream" => await ReadEventsAsync(body, id, reply, cancellationToken),
            "application/json" => await ReadJsonAsync(body, cancellationToken),
            _ => throw await RefusalAsync(response, cancellationToken),
        };
    }

    /// <summary>What the gateway objects to a request; null when it does not.</summary>
    public static async Task<string?> ReadErrorAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        if (response.Content.Headers.ContentType?.MediaType is not "application/json")
        {
            return null;
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var answer = await ReadJsonAsync(body, cancellationToken);
        return
            answer.TryGetProperty("error", out var error)
            && error.TryGetProperty("message", out var message)
            ? message.GetString()
            : null;
    }

    private static async Task<JsonElement> ReadJsonAsync(
        Stream body,
        CancellationToken cancellationToken
    )
    {
        using var document = await JsonDocument.ParseAsync(body, s_options, cancellationToken);
        return document.RootElement.Clone();
    }

    private static async Task<JsonElement> ReadEventsAsync(
        Stream body,
        int id,
        Func<JsonElement, Task> reply,
        CancellationToken cancellationToken
    )
    {
        var events = SseParser.Create(body).EnumerateAsync(cancellationToken);
        await foreach (var happened in events)
        {
            if (happened.Data.Length == 0)
            {
                continue;
            }

            var message = Parse(happened.Data);
            if (IsAnswer(message, id))
            {
                return message;
            }

            if (IsQuestion(message))
            {
                await reply(message);
            }
        }

        throw new CommandFailedException("The answer broke off; the server may have crashed.");
    }

    // Progress and log messages come on the same stream.
    private static bool IsAnswer(JsonElement message, int id) =>
        !message.TryGetProperty("method", out _)
        && message.TryGetProperty("id", out var its)
        && its.ValueKind is JsonValueKind.Number
        && its.TryGetInt32(out var number)
        && number == id;

    private static bool IsQuestion(JsonElement message) =>
        message.TryGetProperty("method", out _) && message.TryGetProperty("id", out _);

    private static JsonElement Parse(string data)
    {
        using var document = JsonDocument.Parse(data, s_options);
        return document.RootElement.Clone();
    }

    private static async Task<CommandFailedException> RefusalAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var text = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
        return new(
            text.Length > 0
                ? text
                : $"The gateway answered {(int)response.StatusCode} {response.ReasonPhrase}."
        );
    }
}
