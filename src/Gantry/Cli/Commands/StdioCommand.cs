using System.CommandLine;
using System.Net;
using System.Net.WebSockets;
using Gantry.Cli.Bridge;
using Gantry.Cli.Client;
using Gantry.Cli.Stdio;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry stdio</c>: the servers of a daemon, for clients that start a program.</summary>
internal static class StdioCommand
{
    /// <summary>How long a daemon that was there a moment ago may take to come back.</summary>
    private static readonly TimeSpan s_restart = TimeSpan.FromSeconds(5);

    public static Command Make(Shell shell)
    {
        var server = new Argument<string?>("SERVER")
        {
            Description = "Which server. Default: all of them, as one.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var config = new Option<string[]>("--config")
        {
            Description =
                "What to run if no daemon runs yet. Default: gantry in $XDG_CONFIG_HOME or in "
                + "~/.config. May be repeated.",
            HelpName = "PATH",
        };
        var options = new ConfigOptions();
        var elsewhere = new RemoteSwitches();
        var command = new ExampledCommand(
            "stdio",
            "Be an MCP server on standard input and output: a thin client of the daemon, which is "
                + "started if none runs and leaves when nobody uses it any more.",
            "gantry stdio files\ngantry stdio --config ~/servers\n"
                + "gantry stdio --url https://mcp.example.com/mcp --header 'X-API-Key: ${KEY}'"
        )
        {
            server,
            config,
        };
        options.AddTo(command);
        elsewhere.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                if (Elsewhere(parsed, elsewhere, parsed.GetValue(server)) is { } remote)
                {
                    return RemoteStdio.RunAsync(shell, parsed, remote, cancellationToken);
                }

                var starter = new DaemonStarter(
                    shell.State(parsed),
                    () => options.Arguments(parsed, PathsOf(parsed.GetValue(config) ?? [])),
                    shell.Terminal.Time
                );
                return RunAsync(shell, parsed, parsed.GetValue(server), starter, cancellationToken);
            }
        );
        return command;
    }

    private static Bridged.Remote? Elsewhere(
        ParseResult parsed,
        RemoteSwitches switches,
        string? server
    )
    {
        var headers = switches.Headers(parsed);
        return switches.Read(parsed) switch
        {
            { } remote when server is null => remote with { Headers = headers },
            null when headers is [] => null,
            _ => throw new CommandFailedException(
                "With --url no SERVER is named, and --header is for a --url only.",
                ExitCode.Usage
            ),
        };
    }

    private static async Task<int> RunAsync(
        Shell shell,
        ParseResult parsed,
        string? server,
        DaemonStarter starter,
        CancellationToken cancellationToken
    )
    {
        var wait = TimeSpan.Zero;
        var client = new StdioClient(
            Console.OpenStandardInput(),
            Console.OpenStandardOutput(),
            async token =>
            {
                await starter.EnsureAsync(wait, token);
                wait = s_restart;
                return await ConnectAsync(shell, parsed, server, token);
            },
            shell.Terminal.Error,
            shell.Terminal.Time
        );
        await client.RunAsync(cancellationToken);
        return ExitCode.Ok;
    }

    private static async Task<Uplink> ConnectAsync(
        Shell shell,
        ParseResult parsed,
        string? server,
        CancellationToken cancellationToken
    )
    {
        var path = server is null ? "/mcp" : $"/mcp/{Uri.EscapeDataString(server)}";
        try
        {
            return await Uplink.ConnectAsync(shell.State(parsed).Socket, path, cancellationToken);
        }
        catch (WebSocketException exception)
        {
            using var client = shell.Connect(parsed);
            throw new CommandFailedException(
                await WhyAsync(client, path, cancellationToken) ?? exception.Message
            );
        }
    }

    // A refused WebSocket does not show why; the server's address says it to an ordinary request.
    private static async Task<string?> WhyAsync(
        DaemonClient client,
        string path,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await client.SendRawAsync(request, cancellationToken);
        return response.StatusCode is not HttpStatusCode.NotFound
            ? null
            : await AnswerReader.ReadErrorAsync(response, cancellationToken);
    }

    private static string[] PathsOf(string[] given)
    {
        if (given.Length > 0)
        {
            return given;
        }

        var configs = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                ".config"
            );
        var own = Path.Combine(configs, "gantry");
        return Path.Exists(own)
            ? [own]
            : throw new CommandFailedException(
                $"No daemon runs, and there is nothing to run: '{own}' does not exist. Start one "
                    + "with 'gantry up', or name a configuration with --config.",
                ExitCode.NoDaemon
            );
    }
}
