using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>Looks from time to time whether an origin is still there, when nobody else does.
/// </summary>
internal sealed class Watch(HttpConnection connection, RemoteContext context)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(RemoteLimits.HealthCheck, context.Time, cancellationToken);
                if (IsQuiet())
                {
                    await LookAsync(cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The conversation is over.
        }
    }

    private bool IsQuiet() =>
        context.Time.GetUtcNow() - connection.LastUse >= RemoteLimits.HealthCheck;

    // Past the gate: to be asked how one is, is no use, and keeps nobody awake.
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        using var question = connection.Session is null
            ? Introductions.Discover()
            : Introductions.Ping();
        var request = connection.Post(Bodies.Write(question, default, default, default));
        if (connection.Session is null)
        {
            request = request with
            {
                Headers = ProtocolHeaders.Of(question, Introductions.Revision, []),
            };
        }

        try
        {
            var session = connection.Session;
            using var answer = await connection.SendAsync(
                request,
                session,
                Envelope.Own,
                cancellationToken
            );
            if (
                session is not null
                && await connection.IsForgottenAsync(answer, session, cancellationToken)
            )
            {
                await connection.RenewAsync(session, cancellationToken);
            }
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested
                && Failures.Explain(exception, context.Origin.Shown)
                    is { IsUnreachable: true } failure
            )
        {
            connection.Lose(failure.Reason);
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested
                && Failures.Explain(exception, context.Origin.Shown) is not null
            )
        {
            // It is there, in whatever mood.
        }
    }
}
