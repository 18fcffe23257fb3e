namespace Gantry.Wire;

/// <summary>The notification with which Gantry itself takes a request back.</summary>
public static class Cancellation
{
    /// <summary>One whose request id is to be replaced as it is written.</summary>
    public static Frame NewFrame() =>
        Frame.Parse(
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}}"""u8
        );
}
