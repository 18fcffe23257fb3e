using System.Net;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gantry.Gateway.Ports;

/// <summary>Where dedicated ports open, and which are out of the question.</summary>
/// <param name="address">The address of this machine on which they open.</param>
internal sealed class PortPlace(IPAddress address)
{
    private int[] _taken = [];

    public IPAddress Address { get; } = address;

    /// <summary>What the main listener does besides, such as TLS, so that no port is weaker.</summary>
    public Action<ListenOptions> Prepare { get; init; } = static _ => { };

    public PortPaths Paths { get; init; } = PortPaths.Usual;

    /// <summary>What each of them bears of its clients.</summary>
    public GatewayLimits Limits { get; init; } = new();

    /// <summary>To <c>gateway.allow_unauthenticated</c> it goes by the name of its server.</summary>
    public static Listener ListenerAt(ServerName server, IPEndPoint at) =>
        new(server.ToString(), at) { Root = $"{HttpFront.Root}/{server}" };

    /// <summary>Why a port may not be opened to other machines; null when it may.</summary>
    public static string? Refuse(ServerName server, IPEndPoint at, GatewaySettings settings) =>
        ListenerAt(server, at) is var listener
        && (
            listener.IsLoopback
            || settings.Auth is not null
            || listener.IsAmong(settings.AllowUnauthenticated)
        )
            ? null
            : $"Port {at.Port} can be reached from other machines, and nobody is asked who they "
                + $"are. Configure gateway.auth, or say gateway.allow_unauthenticated: [{server}].";

    /// <summary>The ports on which Gantry itself listens.</summary>
    public IReadOnlyList<int> Taken => Volatile.Read(ref _taken);

    /// <summary>Says, once it is known, where Gantry itself listens.</summary>
    public void Reserve(IEnumerable<int> ports) => Volatile.Write(ref _taken, [.. ports]);
}
