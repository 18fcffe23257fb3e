using System.Text.Json.Nodes;

namespace Gantry.TestServer.Conformance;

/// <summary>The fixture's tools that only answer.</summary>
internal static class ContentTools
{
    private const string Schema2020 = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object",
          "$defs": {
            "address": {
              "$anchor": "addressDef",
              "type": "object",
              "properties": {"street": {"type": "string"}, "city": {"type": "string"}}
            }
          },
          "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"}
          },
          "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
          "if": {
            "properties": {"contactMethod": {"const": "phone"}},
            "required": ["contactMethod"]
          },
          "then": {"required": ["phone"]},
          "else": {"required": ["email"]},
          "additionalProperties": false
        }
        """;

    public static IEnumerable<Tool> All() =>
        [
            Plain(
                "test_simple_text",
                "Gives a text.",
                () => Json.Text("This is a simple text response for testing.")
            ),
            Plain("test_image_content", "Gives an image.", () => Json.Content(Samples.Image())),
            Plain("test_audio_content", "Gives a sound.", () => Json.Content(Samples.Audio())),
            Plain("test_embedded_resource", "Gives a resource.", EmbeddedResource),
            Plain("test_multiple_content_types", "Gives three kinds of content.", Mixed),
            Plain(
                "test_error_handling",
                "Gives an error.",
                () => Json.Failure("This tool intentionally returns an error for testing")
            ),
            new(
                "json_schema_2020_12_tool",
                "Has an input schema with many keywords.",
                Schema2020,
                call => Json.Text(call.Arguments.ToJsonString())
            ),
        ];

    private static Tool Plain(string name, string description, Func<JsonObject> run) =>
        new(name, description, Tool.NoArguments, _ => run());

    private static JsonObject EmbeddedResource() =>
        Json.Content(
            Samples.Resource(
                "test://embedded-resource",
                "text/plain",
                "This is an embedded resource content."
            )
        );

    private static JsonObject Mixed() =>
        Json.Content(
            Json.TextBlock("Multiple content types test:"),
            Samples.Image(),
            Samples.Resource(
                "test://mixed-content-resource",
                "application/json",
                """{"test":"data","value":123}"""
            )
        );
}
