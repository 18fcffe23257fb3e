using Gantry.Audit;
using Gantry.Telemetry;
using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>Notes how each request ended: in the metrics, and what acts in the audit log.</summary>
internal sealed class Ledger(GatewayMeter meter, AuditLog audit, TimeProvider time)
{
    public long Now => time.GetTimestamp();

    public void Note(Exchange exchange)
    {
        var request = exchange.Request;
        var server = exchange.Seat?.Route.ServerText ?? "";
        var duration = time.GetElapsedTime(exchange.Began);
        var method = request[request.Method];
        var isCall = request.IsMethod("tools/call"u8);
        var outcome = Word(exchange.Outcome);
        meter.Call(server, method, isCall ? Name(exchange) : default, outcome, duration);
        if (!audit.IsOn || !(isCall || IsAudited(request)))
        {
            return;
        }

        audit.Append(
            new()
            {
                At = time.GetUtcNow(),
                Principal = exchange.Envelope.Principal,
                Session = exchange.Session.Key,
                Server = server,
                Method = method,
                Name = Name(exchange),
                Outcome = outcome,
                Duration = duration,
                RequestSize = request.Length,
                AnswerSize = exchange.AnswerSize,
            }
        );
    }

    private static ReadOnlySpan<byte> Name(Exchange exchange)
    {
        var request = exchange.Request;
        return exchange.Asked.Length > 0
            ? exchange.Asked.Span
            : request[request.Name.IsEmpty ? request.Uri : request.Name];
    }

    private static bool IsAudited(Frame request) =>
        request.IsMethod("resources/read"u8) || request.IsMethod("prompts/get"u8);

    private static string Word(Outcome outcome) =>
        outcome switch
        {
            Outcome.Answered => "ok",
            Outcome.Refused => "error",
            Outcome.Failed => "failed",
            _ => "cancelled",
        };
}

/// <summary>How a request ended.</summary>
internal enum Outcome
{
    /// <summary>Nobody wanted the answer any more.</summary>
    Cancelled,

    /// <summary>With a result.</summary>
    Answered,

    /// <summary>The server answered with an error.</summary>
    Refused,

    /// <summary>No answer came from the server.</summary>
    Failed,
}
