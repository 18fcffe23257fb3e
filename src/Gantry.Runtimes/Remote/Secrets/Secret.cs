using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Runtimes.Remote.Secrets;

/// <summary>A text that shows itself to nobody who does not ask for its value.</summary>
[JsonConverter(typeof(SecretConverter))]
public readonly record struct Secret(string Value)
{
    public override string ToString() => "***";
}

internal sealed class SecretConverter : JsonConverter<Secret>
{
    public override Secret Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) => new(reader.GetString() ?? throw new JsonException("A secret is a text."));

    public override void Write(
        Utf8JsonWriter writer,
        Secret value,
        JsonSerializerOptions options
    ) => writer.WriteStringValue(value.Value);
}
