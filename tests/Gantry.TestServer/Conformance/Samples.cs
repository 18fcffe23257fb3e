using System.Text.Json.Nodes;

namespace Gantry.TestServer.Conformance;

/// <summary>The smallest real media files.</summary>
internal static class Samples
{
    /// <summary>A PNG of one red pixel.</summary>
    public const string Png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

    /// <summary>A WAV of no samples: 8 kHz, 8 bit, mono.</summary>
    public const string Wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

    public static JsonObject Image() =>
        new()
        {
            ["type"] = "image",
            ["data"] = Png,
            ["mimeType"] = "image/png",
        };

    public static JsonObject Audio() =>
        new()
        {
            ["type"] = "audio",
            ["data"] = Wav,
            ["mimeType"] = "audio/wav",
        };

    public static JsonObject Resource(string uri, string mimeType, string text) =>
        new() { ["type"] = "resource", ["resource"] = Contents(uri, mimeType, text) };

    public static JsonObject Contents(string uri, string mimeType, string text) =>
        new()
        {
            ["uri"] = uri,
            ["mimeType"] = mimeType,
            ["text"] = text,
        };
}
