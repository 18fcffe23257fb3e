using System.Globalization;
using System.Text.Json;
using Gantry.Config;

namespace Gantry.Cli.Commands;

/// <summary>A directory of executor files, one JSON file per server.</summary>
internal sealed class ExecutorDirectory(string path)
{
    private const int ReservedPort = 3000;
    private const int FirstPort = 3001;
    private const int LastPort = 3010;

    /// <summary>Whose port 3000 is by agreement.</summary>
    private const string ReservedFor = "code-executor";

    private static readonly JsonDocumentOptions s_lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public string Path => path;

    /// <summary>Writes the file of a new server and gives its path.</summary>
    /// <exception cref="CommandFailedException">There is such a file, or the port is taken.
    /// </exception>
    public string Add(NewServer server, TimeProvider time)
    {
        CheckPackage(server.Package);
        var file = System.IO.Path.Combine(path, $"{server.Name}.json");
        var port = Port(server);
        Directory.CreateDirectory(path);
        try
        {
            using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
            stream.Write(Content(server, port, time));
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new CommandFailedException(
                $"{file} exists and is left as it is. Choose another name, or remove it first."
            );
        }

        return file;
    }

    // It becomes an argument of npx, where a dash would make it an option.
    private static void CheckPackage(string package)
    {
        if (package.StartsWith('-') || package.Any(char.IsWhiteSpace) || package.Length is 0)
        {
            throw new CommandFailedException($"'{package}' is not an npm package.", ExitCode.Usage);
        }
    }

    private int Port(NewServer server)
    {
        var taken = TakenPorts();
        return server.Port is { } wanted ? Check(wanted, server.Name, taken) : NextFree(taken);
    }

    private static int Check(int port, ServerName name, Dictionary<int, string> taken) =>
        port is < 1 or > ushort.MaxValue
            ? throw new CommandFailedException($"{port} is not a port.", ExitCode.Usage)
        : port is ReservedPort && name.ToString() is not ReservedFor
            ? throw new CommandFailedException(
                $"Port {ReservedPort} is reserved for {ReservedFor}. Use {FirstPort}-{LastPort}."
            )
        : taken.TryGetValue(port, out var file)
            ? throw new CommandFailedException(
                $"Port {port} is taken by {file}. Choose another, or leave out --port."
            )
        : port;

    private int NextFree(Dictionary<int, string> taken)
    {
        var free = Enumerable
            .Range(FirstPort, LastPort - FirstPort + 1)
            .Where(port => !taken.ContainsKey(port))
            .ToArray();
        return free is [var first, ..]
            ? first
            : throw new CommandFailedException(
                $"All ports {FirstPort}-{LastPort} are taken in {path}. Name one with --port."
            );
    }

    // Of all files, also those of disabled servers: they keep their port.
    private Dictionary<int, string> TakenPorts()
    {
        var taken = new Dictionary<int, string>();
        if (Directory.Exists(path))
        {
            foreach (
                var file in Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal)
            )
            {
                if (PortIn(file) is { } port)
                {
                    taken.TryAdd(port, file);
                }
            }
        }

        return taken;
    }

    private static int? PortIn(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), s_lenient);
            return
                document.RootElement.ValueKind is JsonValueKind.Object
                && document.RootElement.TryGetProperty("port", out var port)
                && port.ValueKind is JsonValueKind.Number
                && port.TryGetInt32(out var number)
                ? number
                : null;
        }
        catch (JsonException)
        {
            // What does not parse is for 'gantry validate' to report.
            return null;
        }
    }

    private static byte[] Content(NewServer server, int port, TimeProvider time)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true, NewLine = "\n" }))
        {
            Write(json, server, port, time);
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, NewServer server, int port, TimeProvider time)
    {
        json.WriteStartObject();
        json.WriteString("name", server.Name.ToString());
        json.WriteBoolean("enabled", true);
        json.WriteString("description", $"MCP server from {server.Package}");
        json.WriteString("command", "npx");
        json.WriteStartArray("args");
        json.WriteStringValue("-y");
        json.WriteStringValue(server.Package);
        json.WriteEndArray();
        json.WriteStartObject("env");
        json.WriteEndObject();
        json.WriteNumber("port", port);
        json.WriteStartObject("metadata");
        json.WriteString("package", server.Package);
        json.WriteString("added", Today(time));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Today(TimeProvider time) =>
        time.GetLocalNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <param name="Port">Null for the next free one.</param>
internal sealed record NewServer(ServerName Name, string Package, int? Port);
