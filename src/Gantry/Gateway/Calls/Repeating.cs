using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>
/// Which requests may be made a second time when the instance that had them is gone: those that
/// only read. A tool that reached its server may have done its work.
/// </summary>
internal static class Repeating
{
    public static bool IsAllowed(Exchange exchange, InstanceGoneException why) =>
        !why.IsCallOnly
        && exchange is { IsRepeated: false, IsStopped: false, Call: not null, Resumes: null }
        && exchange.Request.OnlyReads;
}
