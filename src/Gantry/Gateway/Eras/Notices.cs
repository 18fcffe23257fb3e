using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>Which notifications may come before the answer to a request that stands alone.</summary>
internal static class Notices
{
    /// <summary>
    /// Progress, and log messages where the request asks for such; lists and resources are for
    /// those who listen.
    /// </summary>
    public static bool IsFor(Frame request, Frame notification) =>
        notification.Kind is FrameKind.Notification
        && (
            notification.IsMethod("notifications/message"u8)
                ? IsLogged(request, notification)
                : !IsChange(notification)
                    && !notification.IsMethod("notifications/cancelled"u8)
                    && !notification.IsMethod("notifications/elicitation/complete"u8)
        );

    /// <summary>Whether it says that a list, or a resource, is not what it was.</summary>
    public static bool IsChange(Frame notification) =>
        notification.IsMethod("notifications/tools/list_changed"u8)
        || notification.IsMethod("notifications/prompts/list_changed"u8)
        || notification.IsMethod("notifications/resources/list_changed"u8)
        || notification.IsMethod("notifications/resources/updated"u8);

    private static bool IsLogged(Frame request, Frame notification) =>
        LogLevels.Covers(request.Text(request.LogLevel), notification.Param("level"u8));
}
