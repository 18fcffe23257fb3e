using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Gantry.TestServer;

/// <summary>
/// Asking without requests of the server's own: the answer to a request says what is missing, and
/// the client sends the request again with it. What was answered in earlier rounds travels in the
/// signed state.
/// </summary>
internal sealed class Rounds
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <exception cref="InputRequiredException">Something was not answered yet.</exception>
    /// <exception cref="RefusedException">The client sent what cannot be right.</exception>
    public JsonObject[] Ask(Turn turn, Question[] questions)
    {
        var answers = ReadAnswers(turn.Parameters);
        var missing = questions.Where(one => answers[one.Key] is not JsonObject).ToList();
        if (missing.Count == 0)
        {
            return [.. questions.Select(one => answers[one.Key]?.AsObject() ?? [])];
        }

        var undeclared = missing.Find(one => !turn.Capabilities.ContainsKey(one.Capability));
        throw undeclared is null
            ? new InputRequiredException(Result(missing, answers))
            : RefusedException.MissingCapability(undeclared.Capability);
    }

    private JsonObject Result(List<Question> missing, JsonObject answers)
    {
        var requests = new JsonObject();
        foreach (var question in missing)
        {
            requests[question.Key] = new JsonObject
            {
                ["method"] = question.Method,
                ["params"] = question.Parameters.DeepClone(),
            };
        }

        return new()
        {
            ["resultType"] = "input_required",
            ["inputRequests"] = requests,
            ["requestState"] = Seal(answers),
        };
    }

    private JsonObject ReadAnswers(JsonObject parameters)
    {
        var answers = parameters.ContainsKey("requestState")
            ? Unseal(parameters.String("requestState"))
            : [];
        if (!parameters.TryGetPropertyValue("inputResponses", out var responses))
        {
            return answers;
        }

        foreach (var (key, answer) in responses as JsonObject ?? throw Wrong("inputResponses"))
        {
            answers[key] = answer?.DeepClone();
        }

        return answers;
    }

    private string Seal(JsonObject answers)
    {
        var text = Encoding.UTF8.GetBytes(answers.ToJsonString());
        var mac = HMACSHA256.HashData(_key, text);
        return $"{Convert.ToBase64String(text)}.{Convert.ToBase64String(mac)}";
    }

    private JsonObject Unseal(string state)
    {
        var parts = state.Split('.');
        var text = new byte[state.Length];
        if (
            parts is not [var body, var mac]
            || !Convert.TryFromBase64String(body, text, out var length)
            || mac != Convert.ToBase64String(HMACSHA256.HashData(_key, text.AsSpan(0, length)))
        )
        {
            throw Wrong("requestState");
        }

        return Json.Object(Encoding.UTF8.GetString(text.AsSpan(0, length)));
    }

    private static RefusedException Wrong(string name) =>
        new(RefusedException.InvalidParams, $"'{name}' is not what it should be.");
}

/// <summary>Ends the request with what is missing.</summary>
internal sealed class InputRequiredException(JsonObject result) : Exception("input required")
{
    public JsonObject Result => result;
}
