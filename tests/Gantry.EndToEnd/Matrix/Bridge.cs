using System.Diagnostics;
using Gantry.EndToEnd.Harness;

namespace Gantry.EndToEnd.Matrix;

/// <summary>A running <c>gantry bridge</c> to a test server.</summary>
internal sealed class Bridge : IAsyncDisposable
{
    private readonly Process _process;
    private readonly int _port;

    private Bridge(Process process, int port)
    {
        _process = process;
        _port = port;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address => new($"http://127.0.0.1:{_port}/mcp");

    /// <summary>Returns when it serves.</summary>
    public static async Task<Bridge> StartAsync(
        string[] switches,
        string[] server,
        CancellationToken cancellationToken
    )
    {
        var port = Ports.Free();
        var command = new Command(
            Places.Gantry,
            ["bridge", "--port", $"{port}", .. switches, "--", Places.TestServer, .. server]
        );
        var bridge = new Bridge(command.Start(), port);
        await Eventually.TrueAsync(
            "the bridge serves",
            () => bridge.ServesAsync(cancellationToken),
            cancellationToken
        );
        return bridge;
    }

    public async ValueTask DisposeAsync()
    {
        Signals.Interrupt(_process.Id);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private async Task<bool> ServesAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        try
        {
            var health = new Uri(Address, "/health");
            return (await http.GetAsync(health, cancellationToken)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
