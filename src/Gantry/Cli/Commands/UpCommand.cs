using System.CommandLine;
using Gantry.Daemon;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry up</c>: the daemon, in the foreground.</summary>
internal static class UpCommand
{
    /// <summary>For a daemon that <c>gantry stdio</c> starts.</summary>
    public const string BackgroundSwitch = "--background";

    public static Command Make(Shell shell, StopSignals signals)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description =
                $"Files and directories that configure the servers. Default: "
                + $"{ConfigOptions.DefaultPath}.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var listen = new Option<string[]>("--listen")
        {
            Description =
                "Where clients connect: HOST:PORT, port 0 for any free one; unix:PATH; or 'none' for "
                + "'gantry' commands alone. May be repeated. Default: gateway.listen of the "
                + $"configuration, or {ListenAddress.Default}.",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => [],
        };
        var leaves = new Option<TimeSpan?>("--exit-when-idle")
        {
            Description = "End after this time without a client, such as 5m. Default: never.",
            HelpName = "DURATION",
            CustomParser = DurationOption.Parse,
        };
        var background = new Option<bool>(BackgroundSwitch) { Hidden = true };
        var options = new ConfigOptions();
        var command = new ExampledCommand(
            "up",
            "Run the servers until Ctrl-C, and serve them at /mcp/SERVER.",
            "gantry up\ngantry up servers/ --listen 127.0.0.1:9000 --env-file .env"
        )
        {
            paths,
            listen,
            leaves,
            background,
        };
        options.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var given = parsed.GetValue(paths) ?? [];
                var up = new UpOptions(
                    options.Read(parsed, given is [] ? [ConfigOptions.FindDefault()] : given),
                    [.. parsed.GetValue(listen) ?? []],
                    shell.State(parsed),
                    parsed.GetValue(leaves)
                );
                var terminal = parsed.GetValue(background)
                    ? Background.Enter(shell.Terminal, up.State)
                    : shell.Terminal;
                return await new Foreground(terminal.Forgiving(), signals).RunAsync(
                    up,
                    cancellationToken
                );
            }
        );
        return command;
    }
}
