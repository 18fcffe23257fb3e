using System.Collections.Immutable;
using System.Net;
using Gantry.Config;
using Gantry.Gateway.Ports;

namespace Gantry.Daemon;

/// <param name="Clients">Where clients connect; none for the admin API's socket alone.</param>
/// <param name="Socket">The path of the admin API's Unix socket.</param>
internal sealed record DaemonListeners(
    ImmutableArray<ListenAddress> Clients,
    string Socket,
    string AdminToken,
    string AdminTokenFile
)
{
    /// <summary>Where the API keys are kept.</summary>
    public required string ApiKeys { get; init; }

    /// <summary>How long the daemon stays without a client; null for ever.</summary>
    public TimeSpan? LeavesAfter { get; init; }

    /// <summary>Where dedicated ports open; null for where the first TCP listener is.</summary>
    public IPAddress? PortAddress { get; init; }

    public PortPaths PortPaths { get; init; } = PortPaths.Usual;

    /// <summary>The one server that clients find, at the paths of a port; null for all, at
    /// theirs.</summary>
    public ServerName? Alone { get; init; }

    /// <summary>The first TCP listener: the one that <c>main</c> means.</summary>
    public IPEndPoint? Main => Clients.OfType<ListenAddress.Tcp>().FirstOrDefault()?.EndPoint;

    public static DaemonListeners Of(StateDirectory state, ImmutableArray<ListenAddress> clients) =>
        new(clients, state.Socket, state.AdminToken(), state.TokenFile) { ApiKeys = state.ApiKeys };
}
