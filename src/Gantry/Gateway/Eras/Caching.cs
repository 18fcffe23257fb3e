using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>Which results must say how long they may be kept, and by whom.</summary>
internal static class Caching
{
    public static bool IsCacheable(Frame request)
    {
        var method = request[request.Method][1..^1];
        return method.Length switch
        {
            10 => method.SequenceEqual("tools/list"u8),
            12 => method.SequenceEqual("prompts/list"u8),
            14 => method.SequenceEqual("resources/list"u8)
                || method.SequenceEqual("resources/read"u8),
            15 => method.SequenceEqual("server/discover"u8),
            24 => method.SequenceEqual("resources/templates/list"u8),
            _ => false,
        };
    }
}
