using System.Net.WebSockets;
using System.Text;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Cli.Stdio;

/// <summary>
/// Carries frames between the standard streams and a daemon, over one connection after another: a
/// client need not notice that the daemon was restarted, unless it waited for something that must
/// not be done twice.
/// </summary>
internal sealed class StdioClient(
    Stream input,
    Stream output,
    Func<CancellationToken, Task<Uplink>> connect,
    TextWriter log,
    TimeProvider time
)
{
    /// <summary>How long answers may take after the client closed its end.</summary>
    private static readonly TimeSpan s_lastAnswers = TimeSpan.FromSeconds(60);

    private readonly Outstanding _outstanding = new();

    /// <summary>Returns when the client has closed its end, and everything is answered.</summary>
    /// <exception cref="CommandFailedException">There is no going on.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var frames = new FrameOutput(output);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lines = new FrameInput(input, frames);
        var reading = lines.ReadAsync(end.Token);
        try
        {
            while (!await TalkAsync(lines, frames, end.Token))
            {
                log.WriteLine("gantry: the connection to the daemon broke; connecting again.");
                await FailAsync(frames, _outstanding.GiveUpRest());
            }

            await FailAsync(frames, _outstanding.GiveUpAll());
        }
        catch (Exception exception)
            when (exception is CommandFailedException or OperationCanceledException)
        {
            await FailAsync(frames, _outstanding.GiveUpAll());
            throw;
        }
        finally
        {
            await end.CancelAsync();
            await reading;
        }
    }

    // True when the client is done.
    private async Task<bool> TalkAsync(
        FrameInput lines,
        FrameOutput frames,
        CancellationToken cancellationToken
    )
    {
        using var link = await connect(cancellationToken);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var resumption = new Resumption(_outstanding, link, frames);
        if (!await resumption.ResumeAsync(cancellationToken))
        {
            return false;
        }

        var down = ReceiveAsync(link, frames, cancellationToken);
        var up = SendAsync(lines, link, broken.Token);
        await Task.WhenAny(down, up);
        if (up.IsCompleted && await up)
        {
            await Task.WhenAny(
                down,
                _outstanding.AllAnsweredAsync().WaitAsync(s_lastAnswers, time, cancellationToken)
            );
            await link.CloseAsync(cancellationToken);
            await down;
            return true;
        }

        await broken.CancelAsync();
        await Task.WhenAll(up, down);
        TellWhy(link);
        return false;
    }

    // True at the end of the input, false when the connection broke.
    private async Task<bool> SendAsync(
        FrameInput lines,
        Uplink link,
        CancellationToken cancellationToken
    )
    {
        try
        {
            while (await lines.Frames.WaitToReadAsync(cancellationToken))
            {
                while (lines.Frames.TryRead(out var frame))
                {
                    using (frame)
                    {
                        _outstanding.Note(frame);
                        await link.SendAsync(frame.Utf8, cancellationToken);
                    }
                }
            }

            return true;
        }
        catch (Exception exception)
            when (exception is WebSocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ReceiveAsync(
        Uplink link,
        FrameOutput frames,
        CancellationToken cancellationToken
    )
    {
        while (await link.ReceiveAsync(cancellationToken) is { } message)
        {
            using var frame = Frame.Parse(message.Span);
            if (frame.Kind is FrameKind.Response && !_outstanding.Settle(frame))
            {
                // An answer to what was repeated on the client's behalf, or comes too late.
                continue;
            }

            await frames.WriteAsync(frame.Utf8, cancellationToken);
        }
    }

    private void TellWhy(Uplink link)
    {
        if (link.Farewell.Length > 0)
        {
            log.WriteLine($"gantry: {link.Farewell}");
        }
    }

    private static async Task FailAsync(FrameOutput frames, IReadOnlyList<string> ids)
    {
        foreach (var id in ids)
        {
            var error = RpcText.Error(
                Encoding.UTF8.GetBytes(id),
                RpcText.ServerError,
                "The connection to the Gantry daemon broke while this was under way, so whether it "
                    + "was done is not known. Repeat it if that does no harm."
            );
            await frames.WriteAsync(error, CancellationToken.None);
        }
    }
}
