using System.CommandLine;
using Gantry.Admin;
using Gantry.Cli.Commands;
using Gantry.Config;
using Gantry.Daemon;
using Microsoft.Extensions.Logging;

namespace Gantry.Cli.Client;

/// <summary>
/// The daemon that a command talks with: the one that runs, or with <c>--config</c> one of its own
/// for as long as the command takes.
/// </summary>
internal sealed class Target : IAsyncDisposable
{
    private readonly TemporaryDaemon? _own;

    private Target(DaemonClient client, TemporaryDaemon? own)
    {
        Client = client;
        _own = own;
    }

    public DaemonClient Client { get; }

    /// <param name="server">The one server that is of interest; null for all.</param>
    public static async Task<Target> OpenAsync(
        Shell shell,
        ParseResult parsed,
        TargetOptions options,
        string? server,
        CancellationToken cancellationToken
    )
    {
        var paths = parsed.GetValue(options.Paths) ?? [];
        if (paths.Length is 0)
        {
            return new(shell.Connect(parsed), null);
        }

        var inputs = options.Config.Read(parsed, paths);
        var only = Check(inputs, server, shell.Terminal);
        var own = await TemporaryDaemon.StartAsync(
            inputs,
            only,
            shell.State(parsed).Path,
            // What the servers say is of interest only when it goes wrong; then it is in the error.
            new(shell.Terminal.Error, LogLevel.Warning, shell.Terminal.Time),
            shell.Terminal.Time,
            cancellationToken
        );
        return new(new(own.Socket), own);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }
    }

    // A server that is misspelt or misconfigured is better told before anything starts.
    private static ServerName? Check(ConfigInputs inputs, string? server, Terminal terminal)
    {
        var config = new ConfigLoader(inputs, []).Load(null);
        foreach (var diagnostic in config.Diagnostics)
        {
            terminal.Error.WriteLine(diagnostic.ToString());
        }

        if (server is null)
        {
            return null;
        }

        if (ServerName.TryParse(server, out var name) && config.Servers.ContainsKey(name))
        {
            return name;
        }

        var known = config.Servers.Keys.Select(known => known.ToString()).ToArray();
        throw new CommandFailedException(
            $"There is no server '{server}' in that configuration.{Hint.For(server, known)}"
        );
    }
}

/// <summary>The options by which a command can do without a daemon.</summary>
internal sealed class TargetOptions
{
    public Option<string[]> Paths { get; } =
        new("--config")
        {
            Description =
                "Do without a daemon: start what these files and directories configure, and stop "
                + "it again.",
            HelpName = "PATH",
        };

    public ConfigOptions Config { get; } = new();

    public void AddTo(Command command)
    {
        command.Add(Paths);
        Config.AddTo(command);
    }
}
