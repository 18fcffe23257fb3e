using System.Net;
using System.Net.Http;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>Keeps the stream open on which a server says what belongs to no call, for as long as it
/// has one.</summary>
internal sealed class Listening(
    HttpConnection connection,
    RemoteContext context,
    EventStream events
)
{
    private StreamPosition _position = new();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var attempt = 1; await ListenAsync(cancellationToken); attempt++)
            {
                await Task.Delay(Pause.Before(_position, attempt), context.Time, cancellationToken);
                attempt = _heard ? 0 : attempt;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The conversation is over.
        }
    }

    private bool _heard;

    // False when there is nothing to be heard, now or later.
    private async Task<bool> ListenAsync(CancellationToken cancellationToken)
    {
        _heard = false;
        try
        {
            return await HearAsync(cancellationToken);
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested
                && Failures.Explain(exception, context.Origin.Shown) is { } failure
            )
        {
            if (failure.IsUnreachable)
            {
                connection.Lose(failure.Reason);
            }

            return !failure.IsUnreachable;
        }
    }

    private async Task<bool> HearAsync(CancellationToken cancellationToken)
    {
        var session = connection.Session;
        using var response = await connection.SendAsync(
            Get(),
            session,
            Envelope.Own,
            cancellationToken
        );
        if (response.StatusCode is HttpStatusCode.NotFound && session is { Id: not null })
        {
            _position = new();
            await connection.RenewAsync(session, cancellationToken);
            return true;
        }

        if (!response.IsSuccessStatusCode || !Bodies.Is(response, Bodies.Events))
        {
            return (int)response.StatusCode >= 500;
        }

        await ReadAsync(response, cancellationToken);
        return true;
    }

    private async Task ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        _heard = true;
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var all = events.ReadAsync(stream, static () => { }, _position, cancellationToken);
        await foreach (var one in all)
        {
            if (one.Frame is { } frame)
            {
                connection.Hear(frame);
            }
        }
    }

    private OriginRequest Get() =>
        new(HttpMethod.Get, context.Origin.Url)
        {
            Accept = Bodies.Events,
            Headers =
                _position.LastEventId.Length > 0
                    ? [new(ProtocolHeaders.LastEvent, _position.LastEventId)]
                    : [],
        };
}
