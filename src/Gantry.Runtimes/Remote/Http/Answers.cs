using System.Buffers;
using System.Net;
using System.Net.Http;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>What the answers of an origin mean.</summary>
internal static class Answers
{
    public const string EndedEarly = "the server ended its stream before the answer.";

    public static string? SessionOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(ProtocolHeaders.Session, out var values)
            ? values.FirstOrDefault()
            : null;

    /// <summary>Whether a refusal may only mean that the question was not understood.</summary>
    public static bool SaysNothingOfEra(HttpStatusCode? status) =>
        status
            is >= HttpStatusCode.BadRequest
                and not HttpStatusCode.Unauthorized
                and not HttpStatusCode.Forbidden
                and not HttpStatusCode.ProxyAuthenticationRequired
                and not HttpStatusCode.TooManyRequests
                and not HttpStatusCode.BadGateway
                and not HttpStatusCode.ServiceUnavailable
                and not HttpStatusCode.GatewayTimeout;

    /// <summary>Whether a server may be of the older transport when it refuses
    /// <c>initialize</c> so.</summary>
    public static bool MayBeOlder(HttpStatusCode? status) =>
        status
            is HttpStatusCode.BadRequest
                or HttpStatusCode.NotFound
                or HttpStatusCode.MethodNotAllowed
                or HttpStatusCode.NotAcceptable
                or HttpStatusCode.Gone
                or HttpStatusCode.UnsupportedMediaType;

    /// <summary>The same, when it took the trouble to say so in a message.</summary>
    public static bool IsNoPlaceFor(HttpStatusCode? status) =>
        MayBeOlder(status) && status is not HttpStatusCode.BadRequest;

    /// <exception cref="OriginAnswerException">It holds none.</exception>
    public static void RequireMessage(HttpResponseMessage response)
    {
        if (!Bodies.Is(response, Bodies.Json))
        {
            var type = response.Content.Headers.ContentType?.MediaType;
            throw new OriginAnswerException(
                $"it answered {(int)response.StatusCode} "
                    + (type is null ? "without content." : $"with {type}, which is no message.")
            );
        }
    }

    /// <exception cref="OriginAnswerException">What came was not the answer to it.</exception>
    public static void Require(RemoteCall call)
    {
        if (!call.IsFinished)
        {
            throw new OriginAnswerException("it answered something that was not asked.");
        }
    }

    /// <summary>The error that a refusal carries, as the answer to the call.</summary>
    /// <exception cref="OriginAnswerException">It carries none; the message says what is
    /// known.</exception>
    public static async ValueTask<Frame> RefusalAsync(
        HttpResponseMessage response,
        RemoteCall call,
        string shown
    )
    {
        var isDoor = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
        if (isDoor || !Bodies.Is(response, Bodies.Json))
        {
            throw new OriginAnswerException(Describe(response.StatusCode, shown));
        }

        try
        {
            using var frame = await Bodies.ReadAsync(
                response,
                RemoteLimits.MaxRefusal,
                static () => { },
                call.Over
            );
            return frame is { Kind: FrameKind.Response, IsError: true }
                ? Addressed(frame, call)
                : throw new OriginAnswerException(Describe(response.StatusCode, shown));
        }
        catch (OriginAnswerException exception)
        {
            throw new OriginAnswerException(Describe(response.StatusCode, shown), exception);
        }
    }

    // A server that could not read the request says id: null.
    private static Frame Addressed(Frame error, RemoteCall call)
    {
        var output = new ArrayBufferWriter<byte>(error.Length + call.Utf8Number.Length);
        output.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        output.Write(call.Utf8Number);
        output.Write(",\"error\":"u8);
        output.Write(error[error.Body]);
        output.Write("}"u8);
        return Frame.Parse(output.WrittenSpan);
    }

    /// <summary>Why there is no stream where one was to be.</summary>
    public static string Describe(HttpResponseMessage response, string shown) =>
        response.IsSuccessStatusCode
            ? $"{shown} answered no stream of events. Is it the address of an MCP server?"
            : Describe(response.StatusCode, shown);

    /// <summary>Why a socket was refused; null when no answer says.</summary>
    public static string? Refuses(HttpStatusCode status, string shown) =>
        status is 0 or HttpStatusCode.SwitchingProtocols ? null : Describe(status, shown);

    private static string Describe(HttpStatusCode status, string shown) =>
        status switch
        {
            HttpStatusCode.Unauthorized =>
                $"{shown} asks for credentials (401). Give them with 'headers', or let Gantry log in.",
            HttpStatusCode.Forbidden =>
                $"{shown} refuses the credentials that it was sent, or lets Gantry in nowhere (403).",
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest =>
                $"{shown} sends on to another address ({(int)status}). Write that one if it is to be trusted.",
            _ => $"{shown} answered {(int)status} {status}.",
        };
}
