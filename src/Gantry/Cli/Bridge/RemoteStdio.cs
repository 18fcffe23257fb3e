using System.CommandLine;
using System.Net.WebSockets;
using Gantry.Cli.Stdio;
using Gantry.Daemon;
using Microsoft.Extensions.Logging;

namespace Gantry.Cli.Bridge;

/// <summary>A server that runs elsewhere, on the standard streams of this process.</summary>
internal static class RemoteStdio
{
    public static async Task<int> RunAsync(
        Shell shell,
        ParseResult parsed,
        Bridged.Remote remote,
        CancellationToken cancellationToken
    )
    {
        using var place = new BridgePlace();
        // There is one client, whom the server may ask for input.
        var order = new BridgeOrder(remote) { Isolation = "session" };
        await using var daemon = await TemporaryDaemon.StartAsync(
            place.Write(order, port: null),
            only: null,
            shell.State(parsed).Path,
            new(shell.Terminal.Error, LogLevel.Warning, shell.Terminal.Time),
            shell.Terminal.Time,
            cancellationToken
        );
        var client = new StdioClient(
            Console.OpenStandardInput(),
            Console.OpenStandardOutput(),
            token => ConnectAsync(daemon.Socket, token),
            shell.Terminal.Error,
            shell.Terminal.Time
        );
        await client.RunAsync(cancellationToken);
        return ExitCode.Ok;
    }

    private static async Task<Uplink> ConnectAsync(
        string socket,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var path = $"/mcp/{BridgeOrder.Name}";
            return await Uplink.ConnectAsync(socket, path, cancellationToken);
        }
        catch (WebSocketException exception)
        {
            throw new CommandFailedException(exception.Message);
        }
    }
}
