using System.Text.Json.Nodes;

namespace Gantry.TestServer.Conformance;

/// <summary>The fixture's resources.</summary>
internal static class FixtureResources
{
    private const string TemplateStart = "test://template/";
    private const string TemplateEnd = "/data";

    private const string Listed = """
        {
          "resources": [
            {
              "uri": "test://static-text",
              "name": "static-text",
              "description": "A text.",
              "mimeType": "text/plain"
            },
            {
              "uri": "test://static-binary",
              "name": "static-binary",
              "description": "An image.",
              "mimeType": "image/png"
            },
            {
              "uri": "test://watched-resource",
              "name": "watched-resource",
              "description": "A text to subscribe to.",
              "mimeType": "text/plain"
            }
          ]
        }
        """;

    private const string Templates = """
        {
          "resourceTemplates": [
            {
              "uriTemplate": "test://template/{id}/data",
              "name": "template",
              "description": "Data for any id.",
              "mimeType": "application/json"
            }
          ]
        }
        """;

    private const int NotFound = -32002;

    public static void AddTo(Methods methods, bool isModern) =>
        methods
            .Add("resources/list", _ => Json.Object(Listed))
            .Add("resources/templates/list", _ => Json.Object(Templates))
            .Add("resources/read", parameters => Read(parameters, isModern));

    /// <summary>For the era that has them.</summary>
    public static void AddSubscriptionsTo(Methods methods, Changes changes) =>
        methods
            .Add("resources/subscribe", parameters => Note(changes.Subscribe, parameters))
            .Add("resources/unsubscribe", parameters => Note(changes.Unsubscribe, parameters));

    private static JsonObject Note(Action<string> note, JsonObject parameters)
    {
        note(parameters.String("uri"));
        return [];
    }

    private static JsonObject Read(JsonObject parameters, bool isModern)
    {
        var uri = parameters.String("uri");
        return Find(uri) is { } contents
            ? Methods.List("contents", [contents])
            : throw new RefusedException(
                isModern ? RefusedException.InvalidParams : NotFound,
                $"Resource not found: {uri}"
            )
            {
                Details = new() { ["uri"] = uri },
            };
    }

    private static JsonObject? Find(string uri) =>
        uri switch
        {
            "test://static-text" => Samples.Contents(
                uri,
                "text/plain",
                "This is the content of the static text resource."
            ),
            "test://static-binary" => new()
            {
                ["uri"] = uri,
                ["mimeType"] = "image/png",
                ["blob"] = Samples.Png,
            },
            "test://watched-resource" => Samples.Contents(uri, "text/plain", "Watched."),
            _ => FromTemplate(uri),
        };

    private static JsonObject? FromTemplate(string uri)
    {
        if (!uri.StartsWith(TemplateStart, StringComparison.Ordinal) || !uri.EndsWith(TemplateEnd))
        {
            return null;
        }

        var id = uri[TemplateStart.Length..^TemplateEnd.Length];
        var text = new JsonObject
        {
            ["id"] = id,
            ["templateTest"] = true,
            ["data"] = $"Data for ID: {id}",
        };
        return Samples.Contents(uri, "application/json", text.ToJsonString());
    }
}
