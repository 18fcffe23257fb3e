using Microsoft.Extensions.Primitives;

namespace Gantry.Gateway.Http;

/// <summary>In which forms a client takes an answer.</summary>
[Flags]
internal enum Accepted
{
    Nothing = 0,
    Json = 1,
    EventStream = 2,
}

internal static class AcceptHeader
{
    // What the official clients send.
    private const string Usual = "application/json, text/event-stream";

    /// <summary>What is not said is taken for anything, and so is a wildcard.</summary>
    public static Accepted Read(StringValues header)
    {
        if (header.Count == 0 || (header.Count == 1 && header[0] is Usual or null or ""))
        {
            return Accepted.Json | Accepted.EventStream;
        }

        var accepted = Accepted.Nothing;
        foreach (var value in header)
        {
            accepted |= Read(value ?? "");
        }

        return accepted;
    }

    private static Accepted Read(string value)
    {
        if (Has(value, "*/*"))
        {
            return Accepted.Json | Accepted.EventStream;
        }

        var accepted = Accepted.Nothing;
        if (Has(value, "application/json") || Has(value, "application/*"))
        {
            accepted |= Accepted.Json;
        }

        if (Has(value, "text/event-stream") || Has(value, "text/*"))
        {
            accepted |= Accepted.EventStream;
        }

        return accepted;
    }

    private static bool Has(string value, string type) =>
        value.Contains(type, StringComparison.OrdinalIgnoreCase);
}
