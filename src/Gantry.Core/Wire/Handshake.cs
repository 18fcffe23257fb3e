using System.Text;
using System.Text.Json;

namespace Gantry.Wire;

/// <summary>What a server said of itself in the handshake.</summary>
/// <param name="Result">The <c>result</c> of <c>initialize</c> or <c>server/discover</c>, as the
/// server wrote it.</param>
public sealed record Handshake(Dialect Dialect, ReadOnlyMemory<byte> Result)
{
    /// <summary>The server's name and version, as JSON text; empty when it did not say.</summary>
    public ReadOnlyMemory<byte> ServerInfo { get; } = FindServerInfo(Result);

    private static byte[] FindServerInfo(ReadOnlyMemory<byte> result)
    {
        using var json = JsonDocument.Parse(
            result,
            new JsonDocumentOptions { MaxDepth = Frame.MaxDepth }
        );
        var root = json.RootElement;
        if (root.ValueKind is not JsonValueKind.Object)
        {
            return [];
        }

        var isSaid =
            root.TryGetProperty("serverInfo", out var said)
            || (
                root.TryGetProperty("_meta", out var meta)
                && meta.ValueKind is JsonValueKind.Object
                && meta.TryGetProperty(MetaKey.ServerInfo, out said)
            );
        return isSaid ? Encoding.UTF8.GetBytes(said.GetRawText()) : [];
    }
}
