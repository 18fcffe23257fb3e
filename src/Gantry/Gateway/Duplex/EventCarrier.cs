using Gantry.Gateway.Calls;
using Gantry.Gateway.Http;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>Carries messages as server-sent events.</summary>
internal sealed class EventCarrier(HttpContext context, Pace pace) : ICarrier
{
    private readonly PacedWriter _output = new(context.Response.BodyWriter, pace);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> message)
    {
        await HttpText.WriteEventAsync(_output, message);
        await _output.FlushAsync(CancellationToken.None);
    }

    public async ValueTask WriteAsync(Exchange exchange, Frame frame)
    {
        await HttpText.WriteEventAsync(_output, exchange, frame);
        await _output.FlushAsync(CancellationToken.None);
    }

    public async ValueTask KeepAliveAsync()
    {
        HttpText.WriteKeepAlive(_output);
        await _output.FlushAsync(CancellationToken.None);
    }

    public void Abort() => context.Abort();

    /// <summary>Says where to send messages to.</summary>
    public async ValueTask WriteEndpointAsync(string endpoint)
    {
        HttpText.WriteEndpoint(_output, endpoint);
        await _output.FlushAsync(CancellationToken.None);
    }
}
