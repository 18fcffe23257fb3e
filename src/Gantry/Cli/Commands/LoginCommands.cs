using System.CommandLine;
using System.Globalization;
using Gantry.Admin;
using Gantry.Admin.Views;
using Gantry.Cli.Client;
using Gantry.Config;
using Gantry.Daemon;
using Gantry.Runtimes.Remote;
using Gantry.Runtimes.Remote.Secrets;
using Microsoft.Extensions.Logging;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry login</c>, <c>logout</c> and <c>logins</c>: how Gantry comes into servers
/// that run elsewhere.</summary>
internal static class LoginCommands
{
    public static IEnumerable<Command> Make(Shell shell) =>
        [MakeLogin(shell), MakeLogout(shell), MakeLogins(shell)];

    private static ExampledCommand MakeLogin(Shell shell)
    {
        var server = new Argument<string>("SERVER") { Description = "The server's name." };
        var principal = Principal();
        var noBrowser = new Option<bool>("--no-browser")
        {
            Description = "Only print the address. It has to be opened on this machine.",
        };
        var options = new TargetOptions();
        var command = new ExampledCommand(
            "login",
            "Log in to a server that runs elsewhere: agree in the browser, and Gantry keeps what it "
                + "is given in its vault. The browser is $GANTRY_BROWSER, or that of the desktop.",
            "gantry login tracker\ngantry login tracker --no-browser"
        )
        {
            server,
            principal,
            noBrowser,
        };
        options.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var wanted = new WantedLogin(
                    parsed.GetRequiredValue(server),
                    parsed.GetValue(principal),
                    parsed.GetValue(noBrowser) ? null : Browser.Find()
                );
                return parsed.GetValue(options.Paths) is { Length: > 0 } paths
                    ? await LoginAloneAsync(
                        shell,
                        parsed,
                        options.Config.Read(parsed, paths),
                        wanted,
                        cancellationToken
                    )
                    : await LoginAsync(shell, parsed, wanted, cancellationToken);
            }
        );
        return command;
    }

    private static ExampledCommand MakeLogout(Shell shell)
    {
        var server = new Argument<string>("SERVER") { Description = "The server's name." };
        var principal = Principal();
        var command = new ExampledCommand(
            "logout",
            "Forget a login to a server that runs elsewhere.",
            "gantry logout tracker"
        )
        {
            server,
            principal,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                LogoutAsync(
                    shell,
                    parsed,
                    parsed.GetRequiredValue(server),
                    parsed.GetValue(principal),
                    cancellationToken
                )
        );
        return command;
    }

    private static ExampledCommand MakeLogins(Shell shell)
    {
        var rotate = new Option<bool>("--rotate-key")
        {
            Description = "First seal the vault with a new key, and forget the old one.",
        };
        var command = new ExampledCommand(
            "logins",
            "Show the logins to servers that run elsewhere.",
            "gantry logins\ngantry logins --json"
        )
        {
            rotate,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                ListAsync(shell, parsed, parsed.GetValue(rotate), cancellationToken)
        );
        return command;
    }

    private static Option<string?> Principal() =>
        new("--principal")
        {
            Description = "For whom, where each caller has an own login ('per: principal').",
            HelpName = "NAME",
        };

    private static async Task<int> LoginAsync(
        Shell shell,
        ParseResult parsed,
        WantedLogin wanted,
        CancellationToken cancellationToken
    )
    {
        using var client = shell.Connect(parsed);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var opening = Task.CompletedTask;
        try
        {
            var steps = client.LoginAsync(wanted.Server, wanted.Principal, cancellationToken);
            await foreach (var step in steps)
            {
                if (step.Open is { } address)
                {
                    opening = ShowAsync(shell, wanted, new(address), end.Token);
                }
                else
                {
                    return Report(shell, parsed, wanted, step);
                }
            }

            throw new CommandFailedException("The daemon ended before the login did.");
        }
        finally
        {
            await end.CancelAsync();
            await opening;
        }
    }

    // Without a daemon: the same, here.
    private static async Task<int> LoginAloneAsync(
        Shell shell,
        ParseResult parsed,
        ConfigInputs inputs,
        WantedLogin wanted,
        CancellationToken cancellationToken
    )
    {
        var config = new ConfigLoader(inputs, []).Load(null);
        foreach (var diagnostic in config.Diagnostics)
        {
            shell.Terminal.Error.WriteLine(diagnostic.ToString());
        }

        if (
            !ServerName.TryParse(wanted.Server, out var server)
            || !config.Servers.ContainsKey(server)
        )
        {
            string[] known = [.. config.Servers.Keys.Select(name => name.ToString())];
            throw new CommandFailedException(
                $"There is no server '{wanted.Server}' in that configuration."
                    + Hint.For(wanted.Server, known)
            );
        }

        using var upstreams = Open(shell, parsed, config);
        try
        {
            var known = await upstreams.Logins.LoginAsync(
                server,
                wanted.Principal,
                (address, token) => new(ShowAsync(shell, wanted, address, token)),
                cancellationToken
            );
            return Report(shell, parsed, wanted, new() { Login = Viewing.Of(known) });
        }
        catch (UpstreamRefusedException exception)
        {
            return Report(shell, parsed, wanted, new() { Problem = exception.Message });
        }
    }

    private static async Task ShowAsync(
        Shell shell,
        WantedLogin wanted,
        Uri address,
        CancellationToken cancellationToken
    )
    {
        // To the error output: what a program reads is the result.
        shell.Terminal.Error.WriteLine(
            wanted.Browser is null
                ? "Open this address in a browser on this machine:"
                : "A browser opens. If it does not, open this address on this machine:"
        );
        shell.Terminal.Error.WriteLine($"\n  {address.AbsoluteUri}\n");
        try
        {
            await (wanted.Browser?.OpenAsync(address, cancellationToken) ?? default);
        }
        catch (UpstreamRefusedException exception)
        {
            // The address is there to be opened by hand.
            shell.Terminal.Error.WriteLine($"Note: {exception.Message}.");
        }
    }

    private static int Report(
        Shell shell,
        ParseResult parsed,
        WantedLogin wanted,
        LoginStepView step
    )
    {
        if (step.Login is not { } login)
        {
            throw new CommandFailedException(
                $"No login to '{wanted.Server}': {step.Problem ?? "nothing was said"}."
            );
        }

        if (shell.WantsJson(parsed))
        {
            shell.PrintJson(login, AdminJson.Indented.LoginView);
        }
        else
        {
            var scopes = login.Scopes.Count > 0 ? $" for {string.Join(' ', login.Scopes)}" : "";
            shell.Terminal.Out.WriteLine($"Logged in to {login.Server}{scopes}.");
        }

        return ExitCode.Ok;
    }

    private static async Task<int> LogoutAsync(
        Shell shell,
        ParseResult parsed,
        string server,
        string? principal,
        CancellationToken cancellationToken
    )
    {
        using var client = shell.Connect(parsed);
        if (client.HasSocket)
        {
            await client.LogoutAsync(server, principal, cancellationToken);
        }
        else
        {
            await LogoutAloneAsync(shell, parsed, server, principal, cancellationToken);
        }

        shell.Terminal.Out.WriteLine($"Logged out of {server}.");
        return ExitCode.Ok;
    }

    private static async Task LogoutAloneAsync(
        Shell shell,
        ParseResult parsed,
        string server,
        string? principal,
        CancellationToken cancellationToken
    )
    {
        using var upstreams = Open(shell, parsed, ConfigSnapshot.Empty);
        try
        {
            if (
                !ServerName.TryParse(server, out var name)
                || !await upstreams.Logins.LogoutAsync(name, principal, cancellationToken)
            )
            {
                throw new CommandFailedException(
                    $"There is no login to '{server}'. See 'gantry logins'."
                );
            }
        }
        catch (VaultException exception)
        {
            throw new CommandFailedException(exception.Message);
        }
    }

    // The vault is a file that any program of this user may open: no daemon is needed to look.
    private static async Task<int> ListAsync(
        Shell shell,
        ParseResult parsed,
        bool rotate,
        CancellationToken cancellationToken
    )
    {
        using var upstreams = Open(shell, parsed, ConfigSnapshot.Empty);
        try
        {
            if (rotate && !await upstreams.RotateKeyAsync(cancellationToken))
            {
                shell.Terminal.Error.WriteLine(
                    "The vault is sealed with the first of the keys that you gave."
                );
            }

            Print(shell, parsed, [.. upstreams.Logins.List().Select(Viewing.Of)]);
            return ExitCode.Ok;
        }
        catch (VaultException exception)
        {
            throw new CommandFailedException(exception.Message);
        }
    }

    private static void Print(Shell shell, ParseResult parsed, IReadOnlyList<LoginView> logins)
    {
        if (shell.WantsJson(parsed))
        {
            shell.PrintJson(logins, AdminJson.Indented.IReadOnlyListLoginView);
            return;
        }

        if (logins.Count is 0)
        {
            shell.Terminal.Out.WriteLine("There are no logins.");
            return;
        }

        var table = new Table("SERVER", "PRINCIPAL", "STATE", "SINCE", "SCOPES", "ISSUER");
        foreach (var login in logins)
        {
            table.Add(
                login.Server,
                login.Principal ?? "",
                new(login.State, login.State is "good" ? Colour.Green : Colour.Yellow),
                login.At.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                string.Join(' ', login.Scopes),
                login.Issuer
            );
        }

        table.Print(shell.Terminal);
    }

    private static Upstreams Open(Shell shell, ParseResult parsed, ConfigSnapshot config) =>
        new(
            shell.State(parsed).Path,
            () => config,
            shell.Terminal.Time,
            new LoggerFactory([
                new LineLogger(shell.Terminal.Error, LogLevel.Warning, shell.Terminal.Time),
            ])
        );

    private sealed record WantedLogin(string Server, string? Principal, Browser? Browser);
}
