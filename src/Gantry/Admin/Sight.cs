using Gantry.Access;
using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Admin;

/// <summary>What whoever asks may see. Resources take this in place of the board.</summary>
internal sealed class Sight(Principal principal, Board board)
{
    public Principal Principal { get; } = principal;

    /// <summary>The picture of now.</summary>
    public BoardSnapshot Board => Visible.To(Principal, board.Current);

    public bool Sees(Event happened) => Visible.Sees(Principal, happened.Server, board.Current);

    /// <summary>Whether a server is theirs alone, or they are above all tenants: what others use too
    /// they neither change nor read the logs of.</summary>
    public bool Owns(ServerName server) =>
        Principal.Tenancy is var tenancy
        && (
            tenancy.IsEverything
            || (
                tenancy.Tenant is { } tenant
                && board.Current.Config.Servers.GetValueOrDefault(server)?.Spec.Tenant == tenant
            )
        );

    /// <summary>The next picture, once there is one.</summary>
    public async Task<BoardSnapshot> AfterAsync(
        long version,
        CancellationToken cancellationToken
    ) => Visible.To(Principal, await board.AfterAsync(version, cancellationToken));

    public static ValueTask<Sight> BindAsync(HttpContext context) =>
        new(
            new Sight(
                Admission.Of(context).Principal,
                context.RequestServices.GetRequiredService<Board>()
            )
        );
}
