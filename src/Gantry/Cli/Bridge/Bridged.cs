using System.Text.Json;

namespace Gantry.Cli.Bridge;

/// <summary>The server that is bridged.</summary>
internal abstract record Bridged
{
    private Bridged() { }

    /// <summary>Writes the keys of its configuration that say what it is.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>A command, in the environment and the directory of whoever gave it.</summary>
    public sealed record Program(string Command, IReadOnlyList<string> Arguments) : Bridged
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteString("command", Literal(Command));
            json.WriteStartArray("args");
            foreach (var argument in Arguments)
            {
                json.WriteStringValue(Literal(argument));
            }

            json.WriteEndArray();
            json.WriteString("cwd", Literal(Environment.CurrentDirectory));
            WriteEnvironment(json);
        }

        public override string ToString() => Command;

        // Whoever writes a command at a prompt expects it to see what the prompt sees.
        private static void WriteEnvironment(Utf8JsonWriter json)
        {
            json.WriteStartObject("env");
            foreach (
                var name in Environment.GetEnvironmentVariables().Keys.OfType<string>().Order()
            )
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

    /// <summary>A server that runs elsewhere.</summary>
    /// <param name="Url">Variables in it are filled in, as in a file.</param>
    public sealed record Remote(string Url) : Bridged
    {
        public required string Transport { get; init; }

        public IReadOnlyList<Header> Headers { get; init; } = [];

        public override void Write(Utf8JsonWriter json)
        {
            json.WriteString("url", Url);
            json.WriteString("transport", Transport);
            json.WriteStartObject("headers");
            for (var index = 0; index < Headers.Count; index++)
            {
                var header = Headers[index];
                json.WriteString(
                    header.Name,
                    header.HasVariables ? header.Value : $"${{{Secret(index)}}}"
                );
            }

            json.WriteEndObject();
        }

        /// <summary>The variable that holds a header's value.</summary>
        public static string Secret(int index) => $"BRIDGE_HEADER_{index}";

        public override string ToString() => Url;
    }

    /// <summary>What is sent along with every request, and is shown to nobody.</summary>
    public sealed record Header(string Name, string Value)
    {
        /// <summary>Whether the value is elsewhere: then it needs no hiding.</summary>
        public bool HasVariables => Value.Contains("${", StringComparison.Ordinal);

        /// <exception cref="CommandFailedException">It is no header.</exception>
        public static Header Parse(string text) =>
            text.IndexOf(':', StringComparison.Ordinal) is var colon and > 0
                ? new(text[..colon].Trim(), text[(colon + 1)..].Trim())
                : throw new CommandFailedException(
                    "A header is given as --header 'Name: value'.",
                    ExitCode.Usage
                );

        public override string ToString() => Name;
    }
}
