using System.CommandLine;
using System.Diagnostics;
using System.Net;
using Gantry.Cli.Bridge;
using Gantry.Config;
using Gantry.Daemon;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry bridge</c>: one server, which speaks one transport, on every other, without a
/// configuration.</summary>
internal static class BridgeCommand
{
    public static Command Make(Shell shell, StopSignals signals)
    {
        var switches = new BridgeSwitches();
        var command = new ExampledCommand(
            "bridge",
            "Serve one server, a command or an address, at /mcp, /sse and /ws until Ctrl-C, with "
                + "no configuration.",
            "gantry bridge -- npx -y @modelcontextprotocol/server-everything\n"
                + "gantry bridge --url https://mcp.example.com/sse --header 'Authorization: Bearer "
                + "${TOKEN}'\n"
                + "gantry bridge --port 9000 --isolation session -- node server.js\n"
                + "gantry bridge --stdio 'uvx mcp-server-git' --port 8000"
        );
        switches.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                switches.Read(parsed) switch
                {
                    { IsStdio: true, Server: Bridged.Remote remote } => RemoteStdio.RunAsync(
                        shell,
                        parsed,
                        remote,
                        cancellationToken
                    ),
                    var order => RunAsync(shell, signals, order, cancellationToken),
                }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        Shell shell,
        StopSignals signals,
        BridgeOrder order,
        CancellationToken cancellationToken
    )
    {
        using var place = new BridgePlace();
        var up = order.Where switch
        {
            ListenAddress.Socket socket => AtSocket(order, socket, place),
            ListenAddress.Tcp { EndPoint: var at } => AtPort(order, at, place),
            _ => throw new UnreachableException(),
        };
        var terminal = shell.Terminal.Forgiving();
        return await new Foreground(terminal, signals).RunAsync(up, cancellationToken);
    }

    private static UpOptions AtPort(BridgeOrder order, IPEndPoint at, BridgePlace place)
    {
        var port = at.Port is 0 ? FreePort.Find(at.Address) : at.Port;
        var scheme = order.Tls is null ? "http" : "https";
        return new(
            place.Write(order, port),
            [ListenAddress.Nowhere],
            place.State,
            LeavesAfter: null
        )
        {
            PortAddress = at.Address,
            PortPaths = order.Paths,
            Greeting = Greet(order.Server, $"{scheme}://{new IPEndPoint(at.Address, port)}"),
        };
    }

    private static UpOptions AtSocket(
        BridgeOrder order,
        ListenAddress.Socket socket,
        BridgePlace place
    ) =>
        new(place.Write(order, port: null), [$"{socket}"], place.State, LeavesAfter: null)
        {
            Alone = ServerName.Parse(BridgeOrder.Name),
            PortPaths = order.Paths,
            Greeting = $"{order.Server} at {socket}, with /mcp, /sse and /ws",
        };

    private static string Greet(Bridged server, string url) =>
        $"{server} at {url}/mcp, {url}/sse and {url.Replace("http", "ws", StringComparison.Ordinal)}/ws";
}
