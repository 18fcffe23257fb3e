using System.CommandLine;
using Gantry.Access;
using Gantry.Admin.Views;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry key</c>: the keys with which clients come in.</summary>
internal static class KeyCommands
{
    public static Command Make(Shell shell) =>
        new ExampledCommand(
            "key",
            "Make, list and revoke the API keys with which clients come in. Works with a running "
                + "daemon and without.",
            "gantry key create alice\ngantry key create ci --role caller --tenant acme "
                + "--expires 90d --rate 100/s\ngantry key list\ngantry key revoke h2k4m7p9q3"
        )
        {
            MakeCreate(shell),
            MakeList(shell),
            MakeRevoke(shell),
            MakePassword(shell),
        };

    private static ExampledCommand MakeCreate(Shell shell)
    {
        var name = new Argument<string>("NAME") { Description = "Who or what it is for." };
        var terms = new KeyOptions();
        var command = new ExampledCommand(
            "create",
            "Make a key and print it: the only time that it can be seen.",
            "gantry key create alice --expires 90d"
        )
        {
            name,
        };
        terms.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var request = terms.Read(parsed, parsed.GetRequiredValue(name));
                var made = await new KeyDesk(shell, parsed).CreateAsync(request, cancellationToken);
                Print(shell, parsed, made);
                return ExitCode.Ok;
            }
        );
        return command;
    }

    // The key alone on the output, so that it can be piped; everything else is for eyes.
    private static void Print(Shell shell, ParseResult parsed, NewKeyView made)
    {
        if (shell.WantsJson(parsed))
        {
            shell.PrintJson(made, AdminJson.Indented.NewKeyView);
            return;
        }

        shell.Terminal.Out.WriteLine(made.Secret);
        shell.Terminal.Error.WriteLine(
            $"Key {made.Key.Id} for {made.Key.Name}, {made.Key.Role}. Keep it now: it is not shown "
                + "again. Clients send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'."
        );
        if (!made.IsAsked)
        {
            shell.Terminal.Error.WriteLine(
                "This daemon asks nobody for a key yet: write 'auth: { api_keys: true }' under "
                    + "'gateway:' in its configuration."
            );
        }
    }

    private static ExampledCommand MakeList(Shell shell)
    {
        var command = new ExampledCommand(
            "list",
            "List the keys, also those that ended lately. Never shows a key itself.",
            "gantry key list"
        );
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var keys = await new KeyDesk(shell, parsed).ListAsync(cancellationToken);
                if (shell.WantsJson(parsed))
                {
                    shell.PrintJson(keys, AdminJson.Indented.IReadOnlyListKeyView);
                }
                else
                {
                    KeyTable.Print(shell.Terminal, keys);
                }

                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static ExampledCommand MakeRevoke(Shell shell)
    {
        var id = new Argument<string>("ID")
        {
            Description = "The key's id: what stands between gk_ and the next underscore.",
        };
        var command = new ExampledCommand(
            "revoke",
            "End a key, and every connection that came in with it.",
            "gantry key revoke h2k4m7p9q3"
        )
        {
            id,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var desk = new KeyDesk(shell, parsed);
                var key = await desk.RevokeAsync(parsed.GetRequiredValue(id), cancellationToken);
                if (shell.WantsJson(parsed))
                {
                    shell.PrintJson(key, AdminJson.Indented.KeyView);
                }
                else
                {
                    shell.Terminal.Out.WriteLine($"{key.Id} ({key.Name}) is revoked.");
                }

                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static ExampledCommand MakePassword(Shell shell)
    {
        var command = new ExampledCommand(
            "password",
            "Read a password from the input and print its hash, for gateway.auth.basic.",
            "gantry key password < password.txt"
        );
        command.SetAction(_ =>
        {
            var password = Console.In.ReadLine();
            if (string.IsNullOrEmpty(password))
            {
                throw new CommandFailedException("There was no password.", ExitCode.Usage);
            }

            shell.Terminal.Out.WriteLine(PasswordHash.Of(password).ToString());
            return ExitCode.Ok;
        });
        return command;
    }

    private sealed class KeyOptions
    {
        private readonly Option<string?> _role = new("--role")
        {
            Description = "viewer, caller, operator or admin. Default: caller.",
            HelpName = "ROLE",
        };

        private readonly Option<string?> _tenant = new("--tenant")
        {
            Description = "Whose servers it sees, besides everybody's. Default: all.",
            HelpName = "TENANT",
        };

        private readonly Option<string?> _expires = new("--expires")
        {
            Description = "After how long it ends, as in 90d, 12h or 30m. Default: never.",
            HelpName = "TIME",
        };

        private readonly Option<string?> _rate = new("--rate")
        {
            Description = "How many requests it may make, as in 100/s, 60/m or 1000/h.",
            HelpName = "RATE",
        };

        private readonly Option<int?> _concurrency = new("--concurrency")
        {
            Description = "How many requests it may make at a time.",
            HelpName = "N",
        };

        public void AddTo(Command command)
        {
            command.Add(_role);
            command.Add(_tenant);
            command.Add(_expires);
            command.Add(_rate);
            command.Add(_concurrency);
        }

        public KeyRequest Read(ParseResult parsed, string name) =>
            new(name)
            {
                Role = parsed.GetValue(_role),
                Tenant = parsed.GetValue(_tenant),
                Expires = parsed.GetValue(_expires),
                Rate = parsed.GetValue(_rate),
                Concurrency = parsed.GetValue(_concurrency),
            };
    }
}
