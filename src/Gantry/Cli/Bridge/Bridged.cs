using System.Text.Json;

namespace Gantry.Cli.Bridge;

/// <summary>What is bridged, and where to.</summary>
/// <param name="Port">Goes before the port of <paramref name="Listen"/>.</param>
internal sealed record Bridged(
    string Command,
    IReadOnlyList<string> Arguments,
    string? Listen,
    int? Port
)
{
    /// <summary>What the one server is called.</summary>
    private const string Name = "bridge";

    public required string Isolation { get; init; }

    /// <summary>The configuration that says the same.</summary>
    public byte[] ToConfig(int port)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("servers");
            json.WriteStartObject(Name);
            json.WriteString("command", Literal(Command));
            json.WriteStartArray("args");
            foreach (var argument in Arguments)
            {
                json.WriteStringValue(Literal(argument));
            }

            json.WriteEndArray();
            json.WriteString("cwd", Literal(Environment.CurrentDirectory));
            json.WriteString("isolation", Isolation);
            json.WriteNumber("port", port);
            WriteEnvironment(json);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    // Whoever writes a command at a prompt expects it to see what the prompt sees.
    private static void WriteEnvironment(Utf8JsonWriter json)
    {
        json.WriteStartObject("env");
        foreach (var name in Environment.GetEnvironmentVariables().Keys.OfType<string>().Order())
        {
            if (name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_'))
            {
                json.WriteString(name, $"${{env:{name}}}");
            }
        }

        json.WriteEndObject();
    }

    private static string Literal(string text) =>
        text.Replace("${", "$${", StringComparison.Ordinal);
}
