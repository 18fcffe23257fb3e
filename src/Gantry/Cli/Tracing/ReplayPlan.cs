using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Config;

namespace Gantry.Cli.Tracing;

/// <summary>What of a recording is to be sent again, in its order.</summary>
/// <param name="Questions">What the clients answered to the server, by session and method.</param>
internal sealed record ReplayPlan(
    ImmutableArray<ReplayStep> Steps,
    ILookup<(string Session, string Method), TraceEntry> Questions
)
{
    public static ReplayPlan Make(Recording recording, MethodFilter only)
    {
        var client = recording
            .Entries.Where(entry => entry.Lost == 0 && entry.Face is "client")
            .ToList();
        var answers = Answers(client);
        return new(
            [
                .. client
                    .Where(entry => entry.IsFromClient && entry.IsRequest)
                    .Select(request => Step(request, answers, only)),
            ],
            client
                .Where(entry => entry.IsFromClient && entry.IsResponse)
                .ToLookup(entry => (entry.Peer, entry.Method ?? ""))
        );
    }

    // Ids may be used again: each answer belongs to the latest request before it.
    private static Dictionary<TraceEntry, TraceEntry> Answers(List<TraceEntry> client)
    {
        var open = new Dictionary<(string, string), TraceEntry>();
        var answers = new Dictionary<TraceEntry, TraceEntry>();
        foreach (var entry in client)
        {
            var key = (entry.Peer, entry.Id);
            if (entry.IsFromClient && entry.IsRequest)
            {
                open[key] = entry;
            }
            else if (!entry.IsToServer && entry.IsResponse && open.Remove(key, out var request))
            {
                answers[request] = entry;
            }
        }

        return answers;
    }

    private static ReplayStep Step(
        TraceEntry request,
        Dictionary<TraceEntry, TraceEntry> answers,
        MethodFilter only
    )
    {
        var answer = answers.GetValueOrDefault(request);
        var isWanted = only.Covers(request.Method);
        return new(request, answer, isWanted, isWanted ? Obstacle(request, answer) : null);
    }

    private static string? Obstacle(TraceEntry request, TraceEntry? answer) =>
        answer is null ? "it has no answer in the recording"
        : request.IsCut ? "only a part of it was recorded"
        : HiddenPath(request) is { } path ? $"{path} was hidden when it was recorded"
        : null;

    private static JsonPath? HiddenPath(TraceEntry request) =>
        request.Hidden > 0 ? Find(JsonPath.Root, request.Frame) : null;

    private static JsonPath? Find(JsonPath path, JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .Select(member =>
                    IsHidden(member.Name)
                        ? path.Member(member.Name)
                        : Find(path.Member(member.Name), member.Value)
                )
                .FirstOrDefault(found => found is not null),
            JsonValueKind.Array => element
                .EnumerateArray()
                .Select((item, index) => Find(path.Item(index), item))
                .FirstOrDefault(found => found is not null),
            JsonValueKind.String => IsHidden(element.GetString() ?? "") ? path : null,
            _ => null,
        };

    private static bool IsHidden(string text) =>
        text.Contains(SecretTexts.Hidden, StringComparison.Ordinal);
}

/// <param name="Answer">Null when the recording has none.</param>
/// <param name="Obstacle">Why it cannot be sent again; null when it can.</param>
internal sealed record ReplayStep(
    TraceEntry Request,
    TraceEntry? Answer,
    bool IsWanted,
    string? Obstacle
)
{
    public string Session => Request.Peer;

    public string Method => Request.Method ?? "";

    public bool IsHandshake => Method is "initialize";

    /// <summary>Such as the tool that is called; empty when there is no such thing.</summary>
    public string Subject => Parameter("name") ?? Parameter("uri") ?? "";

    public JsonElement? Parameters =>
        Request.Frame.TryGetProperty("params", out var parameters) ? parameters : null;

    private string? Parameter(string name) =>
        Parameters is { ValueKind: JsonValueKind.Object } parameters
        && parameters.TryGetProperty(name, out var value)
        && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;
}
