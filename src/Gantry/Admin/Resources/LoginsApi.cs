using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Gantry.Admin.Views;
using Gantry.Config;
using Gantry.Reconcile;
using Gantry.Runtimes.Remote;
using Gantry.Runtimes.Remote.Authorization;
using Gantry.Runtimes.Remote.Secrets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin.Resources;

/// <summary>Logins to servers that run elsewhere. No secret ever leaves the daemon.</summary>
internal static class LoginsApi
{
    public static void MapLogins(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/logins", All);
        routes.MapPost("/servers/{name}/login", LoginAsync);
        routes.MapDelete("/servers/{name}/login", LogoutAsync);
    }

    private static Results<Ok<IReadOnlyList<LoginView>>, JsonHttpResult<Problem>> All(
        Sight sight,
        UpstreamLogins logins
    )
    {
        try
        {
            return TypedResults.Ok<IReadOnlyList<LoginView>>([
                .. logins.List().Where(login => Owns(sight, login.Server)).Select(Viewing.Of),
            ]);
        }
        catch (VaultException exception)
        {
            return Unusable(exception);
        }
    }

    // A login may be left of a server that is gone.
    private static bool Owns(Sight sight, string name) =>
        ServerName.TryParse(name, out var server)
            ? sight.Owns(server)
            : sight.Principal.Tenancy.IsEverything;

    /// <summary>One JSON object per line: first the address that a person is to open, then how it
    /// ended. Whoever leaves gives the login up.</summary>
    private static async Task LoginAsync(
        HttpContext context,
        string name,
        string? principal,
        Sight sight,
        LoginService service,
        Lifetime lifetime
    )
    {
        if (service.Find(name) is not { } server || !sight.Owns(server))
        {
            await Problems.NoSuchServer(name, sight.Board).ExecuteAsync(context);
            return;
        }

        await using var stream = Streaming.Begin(context, lifetime, "application/x-ndjson");
        await stream.RunAsync(
            service.RunAsync(server, principal, stream.Ended),
            step => JsonSerializer.Serialize(step, AdminJson.Wire.LoginStepView) + "\n"
        );
    }

    private static async Task<Results<NoContent, JsonHttpResult<Problem>>> LogoutAsync(
        string name,
        string? principal,
        Sight sight,
        UpstreamLogins logins,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return
                ServerName.TryParse(name, out var server)
                && sight.Owns(server)
                && await logins.LogoutAsync(server, principal, cancellationToken)
                ? TypedResults.NoContent()
                : Problems.Answer(
                    new(
                        StatusCodes.Status404NotFound,
                        "No login",
                        $"There is no login to '{name}'{Whose(principal)}. See 'gantry logins'."
                    )
                );
        }
        catch (VaultException exception)
        {
            return Unusable(exception);
        }
    }

    private static JsonHttpResult<Problem> Unusable(VaultException exception) =>
        Problems.Answer(
            new(StatusCodes.Status500InternalServerError, "No vault", exception.Message)
        );

    private static string Whose(string? principal) =>
        principal is null ? "" : $" for '{principal}'";
}

/// <summary>Leads logins, and tells the server's loop when there is something new to try.</summary>
internal sealed class LoginService(UpstreamLogins logins, Reconciler reconciler, Board board)
{
    public ServerName? Find(string name) =>
        ServerName.TryParse(name, out var server)
        && board.Current.Config.Servers.ContainsKey(server)
            ? server
            : null;

    public async IAsyncEnumerable<LoginStepView> RunAsync(
        ServerName server,
        string? principal,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var steps = Channel.CreateBounded<LoginStepView>(2);
        var login = LoginAsync(server, principal, steps.Writer, cancellationToken);
        await foreach (var step in steps.Reader.ReadAllAsync(CancellationToken.None))
        {
            yield return step;
        }

        await login;
    }

    private async Task LoginAsync(
        ServerName server,
        string? principal,
        ChannelWriter<LoginStepView> steps,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var known = await logins.LoginAsync(
                server,
                principal,
                (address, token) => steps.WriteAsync(new() { Open = address.AbsoluteUri }, token),
                cancellationToken
            );
            Wake(server);
            await steps.WriteAsync(new() { Login = Viewing.Of(known) }, cancellationToken);
        }
        catch (UpstreamRefusedException exception)
        {
            await steps.WriteAsync(new() { Problem = exception.Message }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever wanted to log in has left.
        }
        finally
        {
            steps.Complete();
        }
    }

    // What failed for want of a login is tried at once; what the operator stopped stays so.
    private void Wake(ServerName server)
    {
        if (board.Current.Servers.GetValueOrDefault(server) is not { Intent.Paused: true })
        {
            reconciler.Start(server);
        }
    }
}
