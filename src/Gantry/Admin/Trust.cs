using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gantry.Admin;

/// <summary>Marks the connections whose other end needs no token: those over the Unix socket.
/// </summary>
internal static class Trust
{
    private static readonly object s_mark = new();

    /// <summary>Trusts whoever can connect to this listener.</summary>
    public static void TrustConnections(this ListenOptions listener) =>
        listener.Use(next =>
            connection =>
            {
                connection.Items[s_mark] = true;
                return next(connection);
            }
        );

    public static bool IsTrusted(HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(s_mark) is true;
}
