namespace Gantry.Config.Keys;

/// <summary>The shapes without settings, one of each.</summary>
internal static class Shapes
{
    public static TextShape Text { get; } = new();

    public static FlagShape Flag { get; } = new();

    public static PortShape Port { get; } = new();

    public static DurationShape Duration { get; } = new(TimeSpan.Zero);

    /// <summary>A duration that cannot be nothing.</summary>
    public static DurationShape Patience { get; } = new(TimeSpan.FromMilliseconds(1));

    public static TextListShape TextList { get; } = new();

    public static TextMapShape TextMap { get; } = new();

    public static InstancesShape Instances { get; } = new();
}
