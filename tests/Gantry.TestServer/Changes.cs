using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gantry.TestServer;

/// <summary>Tells whoever wants to know that something changed, as the era does it.</summary>
internal sealed class Changes(Peer peer, bool isModern)
{
    private const string SubscriptionId = "io.modelcontextprotocol/subscriptionId";

    private readonly ConcurrentDictionary<string, bool> _uris = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Turn, JsonObject> _listeners = new();

    public void Subscribe(string uri) => _uris[uri] = true;

    public void Unsubscribe(string uri) => _uris.TryRemove(uri, out _);

    /// <param name="list">"tools", "prompts" or "resources".</param>
    public void ListChanged(string list) =>
        Tell(
            $"notifications/{list}/list_changed",
            [],
            filter => IsSet(filter, $"{list}ListChanged")
        );

    public void ResourceUpdated(string uri)
    {
        if (isModern || _uris.ContainsKey(uri))
        {
            Tell(
                "notifications/resources/updated",
                new() { ["uri"] = uri },
                filter =>
                    filter["resourceSubscriptions"] is JsonArray uris
                    && uris.Any(one => one?.GetValue<string>() == uri)
            );
        }
    }

    /// <summary>Serves <c>subscriptions/listen</c> until it is cancelled.</summary>
    public async Task<JsonObject> ListenAsync(Turn turn, CancellationToken cancellationToken)
    {
        var filter = turn.Parameters["notifications"] as JsonObject ?? [];
        var honoured = new JsonObject { ["notifications"] = filter.DeepClone() };
        peer.Notify("notifications/subscriptions/acknowledged", Tag(honoured, turn));
        _listeners[turn] = filter;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        finally
        {
            _listeners.TryRemove(turn, out _);
        }

        return [];
    }

    private void Tell(string method, JsonObject parameters, Func<JsonObject, bool> isWanted)
    {
        if (!isModern)
        {
            peer.Notify(method, parameters);
            return;
        }

        foreach (var (turn, filter) in _listeners)
        {
            if (isWanted(filter))
            {
                peer.Notify(method, Tag(parameters.DeepClone().AsObject(), turn));
            }
        }
    }

    private static JsonObject Tag(JsonObject parameters, Turn turn)
    {
        parameters["_meta"] = new JsonObject { [SubscriptionId] = turn.Id?.DeepClone() };
        return parameters;
    }

    private static bool IsSet(JsonObject filter, string name) =>
        filter[name] is JsonValue value && value.TryGetValue<bool>(out var isSet) && isSet;
}
