using System.CommandLine;
using System.Net;
using Gantry.Cli.Bridge;
using Gantry.Config;
using Gantry.Daemon;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry bridge</c>: one stdio server on every transport, without a configuration.
/// </summary>
internal static class BridgeCommand
{
    private const int DefaultPort = 8000;

    public static Command Make(Shell shell, StopSignals signals)
    {
        var switches = new BridgeSwitches();
        var command = new ExampledCommand(
            "bridge",
            "Serve one stdio server at /mcp, /sse and /ws until Ctrl-C, with no configuration.",
            "gantry bridge -- npx -y @modelcontextprotocol/server-everything\n"
                + "gantry bridge --port 9000 --isolation session -- node server.js\n"
                + "gantry bridge --stdio 'uvx mcp-server-git' --port 8000"
        );
        switches.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(shell, signals, switches.Read(parsed), cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(
        Shell shell,
        StopSignals signals,
        Bridged bridged,
        CancellationToken cancellationToken
    )
    {
        var at = bridged.Listen is { } text
            ? ListenAddress.ParseTcp(text).EndPoint
            : new(IPAddress.Loopback, DefaultPort);
        var port = bridged.Port ?? at.Port;
        var bound = new IPEndPoint(at.Address, port is 0 ? FreePort.Find(at.Address) : port);
        var directory = Directory.CreateTempSubdirectory("gantry-bridge-");
        try
        {
            var file = Path.Combine(directory.FullName, "gantry.json");
            await File.WriteAllBytesAsync(file, bridged.ToConfig(bound.Port), cancellationToken);
            var up = new UpOptions(
                new ConfigInputs([file]),
                [ListenAddress.Nowhere],
                new StateDirectory(Path.Combine(directory.FullName, "state")),
                LeavesAfter: null
            )
            {
                PortAddress = at.Address,
                Greeting = Greet(bridged, $"http://{bound}"),
            };
            var terminal = shell.Terminal.Forgiving();
            return await new Foreground(terminal, signals).RunAsync(up, cancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Greet(Bridged bridged, string url) =>
        $"{bridged.Command} at {url}/mcp, {url}/sse and {url.Replace("http", "ws", StringComparison.Ordinal)}/ws";
}
