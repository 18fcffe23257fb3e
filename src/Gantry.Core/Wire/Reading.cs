namespace Gantry.Wire;

/// <summary>Which requests change nothing at a server, so that asking twice does no harm. A tool's
/// call is none of them: it may have done its work.</summary>
public static class Reading
{
    extension(Frame request)
    {
        public bool OnlyReads =>
            request.IsMethod("tools/list"u8)
            || request.IsMethod("prompts/list"u8)
            || request.IsMethod("resources/list"u8)
            || request.IsMethod("resources/templates/list"u8)
            || request.IsMethod("resources/read"u8);
    }
}
