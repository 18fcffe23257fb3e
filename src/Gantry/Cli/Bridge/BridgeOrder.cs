using System.Text.Json;
using Gantry.Config;
using Gantry.Daemon;
using Gantry.Gateway.Ports;

namespace Gantry.Cli.Bridge;

/// <summary>What is bridged, and where to.</summary>
internal sealed record BridgeOrder(Bridged Server)
{
    /// <summary>Where nothing else is said.</summary>
    public const int DefaultPort = 8000;

    /// <summary>What the one server is called.</summary>
    public const string Name = "bridge";

    public string? Listen { get; init; }

    /// <summary>Goes before the port of <see cref="Listen"/>.</summary>
    public int? Port { get; init; }

    /// <summary>Who may open the socket that it is served on, as the configuration has it; null for the
    /// usual.</summary>
    public string? SocketMode { get; init; }

    /// <summary>Where it is served.</summary>
    /// <exception cref="StartRefusedException">That is no address.</exception>
    /// <exception cref="CommandFailedException">It cannot be.</exception>
    public ListenAddress Where =>
        ListenAddress.Parse(Listen ?? $"127.0.0.1:{DefaultPort}") switch
        {
            ListenAddress.Tcp when SocketMode is not null => throw new CommandFailedException(
                "Only a Unix socket has a mode: say --listen unix:PATH too.",
                ExitCode.Usage
            ),
            ListenAddress.Tcp { EndPoint: var at } when Port is { } port => new ListenAddress.Tcp(
                new(at.Address, port)
            ),
            ListenAddress.Socket when Port is not null || Tls is not null =>
                throw new CommandFailedException(
                    "A Unix socket has no port, and no TLS.",
                    ExitCode.Usage
                ),
            var other => other,
        };

    public string Isolation { get; init; } = "shared";

    /// <summary>Whether it comes out on the standard streams, and nothing listens.</summary>
    public bool IsStdio { get; init; }

    public PortPaths Paths { get; init; } = PortPaths.Usual;

    /// <summary>The pages that may use it; null for none.</summary>
    public IReadOnlyList<string>? Origins { get; init; }

    /// <summary>After how long without a sign of life a session ends; null for the usual.</summary>
    public TimeSpan? SessionTimeout { get; init; }

    /// <summary>Null for the usual.</summary>
    public long? MaxBodySize { get; init; }

    /// <summary>Null for the usual.</summary>
    public int? MaxReplayEvents { get; init; }

    /// <summary>Null where it speaks plain HTTP.</summary>
    public TlsSettings? Tls { get; init; }

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
        if (SocketMode is not null)
        {
            json.WriteString("socket_mode", SocketMode);
        }

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

        if (Tls is { } files)
        {
            json.WriteStartObject("tls");
            json.WriteString("cert_file", files.CertificateFile);
            json.WriteString("key_file", files.KeyFile);
            json.WriteEndObject();
        }

        WriteLimits(json);
        json.WriteEndObject();
    }

    private void WriteLimits(Utf8JsonWriter json)
    {
        json.WriteStartObject("limits");
        if (SessionTimeout is { } timeout)
        {
            json.WriteString("session_idle_timeout", $"{(long)timeout.TotalMilliseconds}ms");
        }

        if (MaxBodySize is { } size)
        {
            json.WriteNumber("max_body_size", size);
        }

        if (MaxReplayEvents is { } events)
        {
            json.WriteNumber("max_replay_events", events);
        }

        json.WriteEndObject();
    }
}
