using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>Finds out whether an origin is of the era without sessions (2026-07-28,
/// versioning).</summary>
internal sealed class EraProbe(HttpConnection connection, RemoteContext context)
{
    /// <summary>What was agreed with it; null when it is of the older era.</summary>
    /// <exception cref="Stdio.HandshakeException">It is of this era and refuses all the
    /// same.</exception>
    /// <exception cref="InstanceGoneException">It cannot be reached, or lets nobody
    /// in.</exception>
    public async Task<Handshake?> RunAsync(CancellationToken cancellationToken)
    {
        using var first = await AskAsync(cancellationToken);
        if (first is null || !Introductions.WantsOther(first))
        {
            return first is null ? null : Introductions.Judge(first);
        }

        using var second = await AskAsync(cancellationToken);
        return second is null ? null : Introductions.Judge(second);
    }

    // Null when there is no answer that says anything of the era.
    private async Task<Frame?> AskAsync(CancellationToken cancellationToken)
    {
        var call =
            await connection.OpenAsync(Introductions.Discover(), Envelope.Own, cancellationToken)
            ?? throw new InstanceGoneException($"{context.Instance} was told to stop.");
        try
        {
            return await HearAsync(call.ReadAsync().AsTask(), cancellationToken);
        }
        catch (TimeoutException)
        {
            // What does not answer so plain a question is of the older era.
            await call.CancelAsync(notification: null, cancellationToken);
            return null;
        }
        catch (InstanceGoneException) when (Answers.SaysNothingOfEra(connection.Refusal))
        {
            return null;
        }
    }

    // An origin that asks for credentials is not silent, however long it takes to get them.
    private async Task<Frame> HearAsync(Task<Frame> reading, CancellationToken cancellationToken)
    {
        while (true)
        {
            var challenges = context.Origin.Challenges;
            try
            {
                return await reading.WaitAsync(
                    Introductions.Patience,
                    context.Time,
                    cancellationToken
                );
            }
            catch (TimeoutException)
                when (context.Origin.IsChallenging || context.Origin.Challenges != challenges)
            {
                // Its time begins anew.
            }
        }
    }
}
