using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>
/// Asks a server for its tools before one is called of which no list has told yet, so that its
/// arguments go along as headers from the first call on.
/// </summary>
internal sealed class ToolInquiry(HttpConnection connection, ToolHeaders tools) : IDisposable
{
    private const int MaxPages = 100;

    private readonly SemaphoreSlim _asking = new(1);

    /// <summary>Whether it is a call that goes out with headers of which nothing is known.</summary>
    public bool IsDue(Frame request, Envelope envelope) =>
        envelope.ParameterHeaders.IsEmpty
        && request.IsMethod("tools/call"u8)
        && tools.IsUnknown(request);

    /// <summary>Returns when the tool is known, or cannot be.</summary>
    /// <param name="envelope">Of the call: on whose behalf it is made, the list is asked for, since
    /// others may be shown another one.</param>
    public async Task RunAsync(Frame call, Envelope envelope, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (tools.IsUnknown(call) && await AskAsync(call, envelope, cancellationToken))
            {
                tools.Settle(call);
            }
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();

    // False when there was no answer: the next call asks again. What is in it was learned as it passed.
    private async Task<bool> AskAsync(
        Frame call,
        Envelope envelope,
        CancellationToken cancellationToken
    )
    {
        var cursor = "";
        for (var page = 0; page < MaxPages && tools.IsUnknown(call); page++)
        {
            using var answer = await PageAsync(cursor, envelope, cancellationToken);
            if (answer is null)
            {
                return false;
            }

            var next = answer.IsError
                ? null
                : ProtocolHeaders.Text(JsonPart.Member(answer[answer.Body], "nextCursor"u8));
            if (next is null)
            {
                return true;
            }

            cursor = next;
        }

        return true;
    }

    private async Task<Frame?> PageAsync(
        string cursor,
        Envelope envelope,
        CancellationToken cancellationToken
    )
    {
        var opening = connection.OpenAsync(
            Introductions.ListTools(cursor),
            envelope,
            cancellationToken
        );
        if (await opening is not { } list)
        {
            return null;
        }

        using (list)
        {
            try
            {
                return await AnswerAsync(list, cancellationToken);
            }
            catch (InstanceGoneException)
            {
                // The call itself may fare better.
                return null;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await list.CancelAsync(notification: null, CancellationToken.None);
                throw;
            }
        }
    }

    private static async Task<Frame> AnswerAsync(Call list, CancellationToken cancellationToken)
    {
        while (true)
        {
            var frame = await list.ReadAsync().AsTask().WaitAsync(cancellationToken);
            if (frame.Kind is FrameKind.Response)
            {
                return frame;
            }

            frame.Dispose();
        }
    }
}
