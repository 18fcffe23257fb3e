using System.Collections.Concurrent;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate;

/// <summary>Every view that somebody has, made anew when the configuration changes.</summary>
internal sealed class Views(Board board)
{
    private const int MaxViews = 1_000;

    private Known _known = new(ConfigSnapshot.Empty);

    public View Of(Session session) =>
        Of((session.Target as Target.Several)?.Group, session.Envelope);

    public View Of(string? group, Envelope caller)
    {
        var known = Volatile.Read(ref _known);
        var config = board.Current.Config;
        if (!ReferenceEquals(known.Config, config) || known.Views.Count > MaxViews)
        {
            known = new(config);
            Volatile.Write(ref _known, known);
        }

        return known.Views.GetOrAdd(
            (group, caller.Tenancy),
            static (key, config) => Make(config, key.Group, key.Tenancy),
            config
        );
    }

    private static View Make(ConfigSnapshot config, string? group, Tenancy tenancy)
    {
        var seen = config.Servers.Values.Where(server => tenancy.Sees(server.Spec.Tenant));
        var spec = group is null ? null : Find(config, group);
        return new(config.Gateway.Separator, spec, group is null || spec is not null ? seen : []);
    }

    private static GroupSpec? Find(ConfigSnapshot config, string group) =>
        ServerName.TryParse(group, out var name) ? config.Groups.GetValueOrDefault(name) : null;

    private sealed record Known(ConfigSnapshot Config)
    {
        public ConcurrentDictionary<(string? Group, Tenancy Tenancy), View> Views { get; } = new();
    }
}
