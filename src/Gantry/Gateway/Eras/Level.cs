using Gantry.Gateway.Calls;
using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>Both know no sessions: what concerns the request passes, and nothing else.</summary>
internal sealed class Level : Bridge
{
    public static Level Only { get; } = new();

    public override bool Shape(Exchange exchange, Frame frame) =>
        frame.Kind is FrameKind.Response || Notices.IsFor(exchange.Request, frame);
}
