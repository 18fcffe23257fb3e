using System.Text.Json;
using Gantry.Gateway.Ports;

namespace Gantry.Cli.Bridge;

/// <summary>What is bridged, and where to.</summary>
internal sealed record BridgeOrder(Bridged Server)
{
    /// <summary>What the one server is called.</summary>
    public const string Name = "bridge";

    public string? Listen { get; init; }

    /// <summary>Goes before the port of <see cref="Listen"/>.</summary>
    public int? Port { get; init; }

    public string Isolation { get; init; } = "shared";

    /// <summary>Whether it comes out on the standard streams, and nothing listens.</summary>
    public bool IsStdio { get; init; }

    public PortPaths Paths { get; init; } = PortPaths.Usual;

    /// <summary>The pages that may use it; null for none.</summary>
    public IReadOnlyList<string>? Origins { get; init; }

    /// <summary>After how long without a sign of life a session ends; null for the usual.</summary>
    public TimeSpan? SessionTimeout { get; init; }

    /// <summary>The configuration that says the same.</summary>
    /// <param name="port">Null where nothing listens.</param>
    public byte[] ToConfig(int? port)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("servers");
            json.WriteStartObject(Name);
            Server.Write(json);
            json.WriteString("isolation", Isolation);
            if (port is { } number)
            {
                json.WriteNumber("port", number);
            }

            json.WriteEndObject();
            json.WriteEndObject();
            WriteGateway(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private void WriteGateway(Utf8JsonWriter json)
    {
        json.WriteStartObject("gateway");
        if (Origins is not null)
        {
            json.WriteStartObject("cors");
            json.WriteStartArray("origins");
            foreach (var origin in Origins)
            {
                json.WriteStringValue(origin);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        if (SessionTimeout is { } timeout)
        {
            json.WriteStartObject("limits");
            json.WriteString("session_idle_timeout", $"{(long)timeout.TotalMilliseconds}ms");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
