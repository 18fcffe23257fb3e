namespace Gantry.Wire;

/// <summary>The names that the protocol reserves for itself in <c>_meta</c>.</summary>
public static class MetaKey
{
    public static ReadOnlySpan<byte> Prefix => "io.modelcontextprotocol/"u8;

    public static ReadOnlySpan<byte> ProtocolVersion => "io.modelcontextprotocol/protocolVersion"u8;

    public static ReadOnlySpan<byte> ClientCapabilities =>
        "io.modelcontextprotocol/clientCapabilities"u8;

    public static ReadOnlySpan<byte> ClientInfo => "io.modelcontextprotocol/clientInfo"u8;

    public static ReadOnlySpan<byte> LogLevel => "io.modelcontextprotocol/logLevel"u8;

    public static ReadOnlySpan<byte> ServerInfo => "io.modelcontextprotocol/serverInfo"u8;

    public static ReadOnlySpan<byte> SubscriptionId => "io.modelcontextprotocol/subscriptionId"u8;
}
