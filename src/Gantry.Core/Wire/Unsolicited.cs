using Gantry.Flow;

namespace Gantry.Wire;

/// <summary>What a connection holds of frames that belong to no call until somebody reads them.</summary>
public static class Unsolicited
{
    /// <summary>How many wait before the oldest is dropped.</summary>
    public const int MaxFrames = 256;

    /// <summary>How many bytes these may have together.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    public static Backlog<Frame> NewBacklog() =>
        new(MaxFrames, MaxBytes, static frame => frame.Length, static frame => frame.Dispose());
}
