using System.CommandLine;
using System.Globalization;
using Gantry.Access;
using Gantry.Admin;
using Gantry.Admin.Views;
using Gantry.Cli.Client;
using Gantry.Daemon;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Cli.Commands;

/// <summary>Where keys are changed: at the daemon, or in its files while none runs.</summary>
internal sealed class KeyDesk(Shell shell, ParseResult parsed)
{
    private TimeProvider Time => shell.Terminal.Time;

    public Task<NewKeyView> CreateAsync(KeyRequest request, CancellationToken cancellationToken) =>
        DoAsync(
            client => client.CreateKeyAsync(request, cancellationToken),
            ring =>
                KeyTermsReader.Read(request, Tenancy.All, out var terms) is { } wrong
                    ? throw new CommandFailedException(wrong, ExitCode.Usage)
                    : Shown(ring.Create(terms))
        );

    public Task<IReadOnlyList<KeyView>> ListAsync(CancellationToken cancellationToken) =>
        DoAsync<IReadOnlyList<KeyView>>(
            client => client.KeysAsync(cancellationToken),
            ring => [.. ring.Current.Keys.Select(key => KeyView.Of(key, Time.GetUtcNow()))]
        );

    public Task<KeyView> RevokeAsync(string id, CancellationToken cancellationToken) =>
        DoAsync(
            client => client.RevokeKeyAsync(id, cancellationToken),
            ring =>
                ring.Revoke(id, static _ => true) is { } key
                    ? KeyView.Of(key, Time.GetUtcNow())
                    : throw new CommandFailedException(
                        $"There is no key '{id}'. See 'gantry key list'."
                    )
        );

    private async Task<T> DoAsync<T>(Func<DaemonClient, Task<T>> there, Func<KeyRing, T> here)
    {
        try
        {
            using var client = shell.Connect(parsed);
            return await there(client);
        }
        catch (CommandFailedException exception) when (exception.ExitCode is ExitCode.NoDaemon)
        {
            return InFiles(here);
        }
    }

    // Under the daemon's lock: one that starts meanwhile must not begin with half the keys.
    private T InFiles<T>(Func<KeyRing, T> act)
    {
        var state = shell.State(parsed);
        state.Create();
        using var only = DaemonLock.Take(state);
        using var ring = KeyRing.Open(state.ApiKeys, Time, NullLogger<KeyRing>.Instance);
        try
        {
            return act(ring);
        }
        catch (KeysNotKeptException exception)
        {
            throw new CommandFailedException(exception.Message);
        }
    }

    // Whether a daemon will ask for keys, its configuration says, which is not known here.
    private NewKeyView Shown(NewKey made) =>
        new(KeyView.Of(made.Key, Time.GetUtcNow()), made.Text, IsAsked: true);
}

/// <summary>The table of <c>gantry key list</c>.</summary>
internal static class KeyTable
{
    public static void Print(Terminal terminal, IReadOnlyList<KeyView> keys)
    {
        var table = new Table("ID", "NAME", "ROLE", "TENANT", "LIMITS", "STATE", "EXPIRES");
        foreach (var key in keys)
        {
            table.Add(
                new(key.Id, Colour.Cyan),
                key.Name,
                key.Role,
                key.Tenant ?? "all",
                Limits(key),
                new(key.State, key.State is "valid" ? Colour.Green : Colour.Grey),
                key.ExpiresAt?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "never"
            );
        }

        table.Print(terminal);
    }

    private static string Limits(KeyView key) =>
        (key.Rate, key.Concurrency) switch
        {
            (null, null) => "none",
            ({ } rate, null) => rate,
            (null, { } most) => $"{most} at a time",
            ({ } rate, { } most) => $"{rate}, {most} at a time",
        };
}
