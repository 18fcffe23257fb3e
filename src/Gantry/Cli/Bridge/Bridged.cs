using System.Text.Json;

namespace Gantry.Cli.Bridge;

/// <summary>The server that is bridged.</summary>
internal abstract record Bridged
{
    private Bridged() { }

    /// <summary>Writes the keys of its configuration that say what it is.</summary>
    public abstract void Write(Utf8JsonWriter json);

    private static string Literal(string text) =>
        text.Replace("${", "$${", StringComparison.Ordinal);

    /// <summary>A command, in the environment and the directory of whoever gave it.</summary>
    public sealed record Program(string Command, IReadOnlyList<string> Arguments) : Bridged
    {
        /// <summary>Where it runs; null for where the bridge does.</summary>
        public string? Directory { get; init; }

        /// <summary>How long it may take to start; null for the usual.</summary>
        public TimeSpan? StartupTimeout { get; init; }

        public override void Write(Utf8JsonWriter json)
        {
            json.WriteString("command", Literal(Command));
            json.WriteStartArray("args");
            foreach (var argument in Arguments)
            {
                json.WriteStringValue(Literal(argument));
            }

            json.WriteEndArray();
            var here = Environment.CurrentDirectory;
            json.WriteString(
                "cwd",
                Literal(Directory is null ? here : Path.GetFullPath(Directory, here))
            );
            if (StartupTimeout is { } timeout)
            {
                json.WriteString("startup_timeout", $"{(long)timeout.TotalMilliseconds}ms");
            }

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
    }

    /// <summary>A server that runs elsewhere.</summary>
    /// <param name="Url">Variables in it are filled in, as in a file.</param>
    public sealed record Remote(string Url) : Bridged
    {
        public required string Transport { get; init; }

        /// <summary>The Unix socket behind which it is; null for none.</summary>
        public string? Socket { get; init; }

        public IReadOnlyList<Header> Headers { get; init; } = [];

        public override void Write(Utf8JsonWriter json)
        {
            json.WriteString("url", Url);
            json.WriteString("transport", Transport);
            if (Socket is not null)
            {
                json.WriteString("socket", Literal(Path.GetFullPath(Socket)));
            }

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

        public override string ToString() => Socket is null ? Url : $"{Url} on unix:{Socket}";
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
