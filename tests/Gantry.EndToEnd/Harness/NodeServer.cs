using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gantry.EndToEnd.Harness;

/// <summary>A server from npm that listens on a port, and that Gantry did not start.</summary>
internal sealed class NodeServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private NodeServer(Process process, int port)
    {
        _process = process;
        Port = port;
        process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Port { get; }

    /// <summary>Returns when it listens.</summary>
    /// <param name="arguments">A file of the npm folder or of a package, and what follows;
    /// <c>PORT</c> stands for the port, which is also in the environment.</param>
    public static async Task<NodeServer> StartAsync(
        int port,
        CancellationToken cancellationToken,
        params ImmutableArray<string> arguments
    )
    {
        var text = $"{port}";
        var command = new Command(
            Places.Node,
            [.. arguments.Select(one => one.Replace("PORT", text, StringComparison.Ordinal))]
        )
        {
            Directory = Places.Npm,
            Environment = ImmutableDictionary<string, string>.Empty.Add("PORT", text),
        };
        var server = new NodeServer(command.Start(), port);
        await Eventually.TrueAsync(
            $"something listens on {port}",
            () => server.ListensAsync(cancellationToken),
            cancellationToken
        );
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        if (_process.HasExited)
        {
            throw new TimeoutException($"It has ended:\n{string.Join('\n', _output)}");
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
