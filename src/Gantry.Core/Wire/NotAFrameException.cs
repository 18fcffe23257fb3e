namespace Gantry.Wire;

/// <summary>The bytes are not one JSON-RPC message; the message says why, for the peer.</summary>
public sealed class NotAFrameException(string message, bool isJson, Exception? inner = null)
    : FormatException(message, inner)
{
    /// <summary>Whether they are JSON at all.</summary>
    public bool IsJson { get; } = isJson;
}
