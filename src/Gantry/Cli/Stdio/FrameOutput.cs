namespace Gantry.Cli.Stdio;

/// <summary>The standard output: frames, one a line, and nothing else ever.</summary>
internal sealed class FrameOutput(Stream output) : IDisposable
{
    private static readonly byte[] s_lineEnd = "\n"u8.ToArray();

    private readonly SemaphoreSlim _turn = new(1);

    public async ValueTask WriteAsync(
        ReadOnlyMemory<byte> frame,
        CancellationToken cancellationToken
    )
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await output.WriteAsync(frame, CancellationToken.None);
            await output.WriteAsync(s_lineEnd, CancellationToken.None);
            await output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
