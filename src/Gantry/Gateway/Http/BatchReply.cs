using System.Buffers;
using Gantry.Gateway.Calls;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>
/// The HTTP response to a batch: an array when nothing but responses comes, else a stream of them.
/// </summary>
internal sealed class BatchReply(HttpContext context, Accepted accepted) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly List<ReadOnlyMemory<byte>> _responses = [];
    private bool _isStreaming;

    public bool IsAborted => context.RequestAborted.IsCancellationRequested;

    /// <summary>Adds a response.</summary>
    public async Task AddAsync(ReadOnlyMemory<byte> response)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            if (_isStreaming)
            {
                HttpText.WriteEvent(context.Response.BodyWriter, response.Span);
                await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            }
            else
            {
                _responses.Add(response);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Writes what comes before a response; a keep-alive for null. A client that takes no stream
    /// misses it.
    /// </summary>
    public async Task WriteAsync(Exchange exchange, Frame? frame)
    {
        if (!accepted.HasFlag(Accepted.EventStream))
        {
            return;
        }

        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            await BeginStreamAsync();
            if (frame is null)
            {
                HttpText.WriteKeepAlive(context.Response.BodyWriter);
            }
            else
            {
                await HttpText.WriteEventAsync(context.Response.BodyWriter, exchange, frame);
            }

            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task FinishAsync()
    {
        if (_isStreaming)
        {
            return;
        }

        if (!accepted.HasFlag(Accepted.Json))
        {
            await BeginStreamAsync();
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        for (var i = 0; i < _responses.Count; i++)
        {
            output.Write(i == 0 ? "["u8 : ","u8);
            output.Write(_responses[i].Span);
        }

        output.Write("]"u8);
        await HttpText.WriteJsonAsync(context.Response, output.WrittenMemory);
    }

    public void Dispose() => _turn.Dispose();

    private async Task BeginStreamAsync()
    {
        if (_isStreaming)
        {
            return;
        }

        await HttpText.BeginEventsAsync(context.Response);
        _isStreaming = true;
        foreach (var response in _responses)
        {
            HttpText.WriteEvent(context.Response.BodyWriter, response.Span);
        }
    }
}
