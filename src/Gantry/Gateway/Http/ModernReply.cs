using Gantry.Gateway.Calls;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>
/// The HTTP response to a request without a session: as any other, but the status says what kind
/// of error it is.
/// </summary>
internal readonly struct ModernReply(HttpContext context, Accepted accepted) : IReply
{
    private readonly CallReply _reply = new(context, accepted, isResumable: false);

    public bool IsAborted => _reply.IsAborted;

    public ValueTask WriteAsync(Exchange exchange, Frame? frame) =>
        _reply.WriteAsync(exchange, frame);

    public ValueTask FlushAsync() => _reply.FlushAsync();

    public ValueTask FinishAsync(Exchange exchange, Frame response)
    {
        if (response.IsError)
        {
            Say(Errors.Code(response));
        }

        return _reply.FinishAsync(exchange, response);
    }

    public ValueTask FinishAsync(ReadOnlyMemory<byte> response)
    {
        var error = FrameText.Member(response.Span, "error"u8);
        if (!error.IsEmpty)
        {
            Say(Errors.Number(FrameText.Member(error, "code"u8)));
        }

        return _reply.FinishAsync(response);
    }

    public ValueTask FinishStoppedAsync() => _reply.FinishStoppedAsync();

    private void Say(int? code)
    {
        if (!context.Response.HasStarted && StatusOf(code) is { } status)
        {
            context.Response.StatusCode = status;
        }
    }

    private static int? StatusOf(int? code) =>
        code switch
        {
            RpcText.MethodNotFound => StatusCodes.Status404NotFound,
            Errors.HeaderMismatch
            or Errors.MissingClientCapability
            or Errors.UnsupportedProtocolVersion => StatusCodes.Status400BadRequest,
            _ => null,
        };
}
