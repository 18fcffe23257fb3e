using System.Threading.Channels;
using Gantry.Gateway.Messages;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;

namespace Gantry.Cli.Stdio;

/// <summary>The standard input, a frame per line. While nobody takes them, no more is read.</summary>
internal sealed class FrameInput(Stream input, FrameOutput output)
{
    private const int MaxWaiting = 64;
    private const int MaxLine = 64 * 1024 * 1024;

    private readonly Channel<Frame> _frames = Channel.CreateBounded<Frame>(MaxWaiting);

    /// <summary>Completes when the client has closed its end.</summary>
    public ChannelReader<Frame> Frames => _frames.Reader;

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        using var lines = new LineReader(input, MaxLine);
        try
        {
            while (await lines.TryFillAsync(cancellationToken))
            {
                while (TryTake(lines, out var frame, out var refusal))
                {
                    await PassAsync(frame, refusal, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody is left to take them.
        }
        finally
        {
            _frames.Writer.TryComplete();
        }
    }

    private async ValueTask PassAsync(
        Frame? frame,
        byte[]? refusal,
        CancellationToken cancellationToken
    )
    {
        if (frame is not null)
        {
            await _frames.Writer.WriteAsync(frame, cancellationToken);
        }
        else if (refusal is not null)
        {
            await output.WriteAsync(refusal, cancellationToken);
        }
    }

    // Neither, for an empty line.
    private static bool TryTake(LineReader lines, out Frame? frame, out byte[]? refusal)
    {
        (frame, refusal) = (null, null);
        if (!lines.TryTake(out var line))
        {
            return false;
        }

        try
        {
            if (line.IsTooLong)
            {
                throw new NotAFrameException($"A message has at most {MaxLine} bytes.", true);
            }

            frame = line.Utf8.Trim(" \t\r"u8).IsEmpty ? null : Frame.Parse(line.Utf8);
        }
        catch (NotAFrameException exception)
        {
            var code = exception.IsJson ? RpcText.InvalidRequest : RpcText.ParseError;
            refusal = RpcText.Error(default, code, exception.Message);
        }

        return true;
    }
}
