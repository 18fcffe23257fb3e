using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>Makes an instance that was lent ready for one request.</summary>
internal sealed class Tuning(Router router)
{
    /// <summary>Waits for it, and has it log as the request says.</summary>
    /// <exception cref="ServerUnavailableException">It does not come.</exception>
    /// <exception cref="InstanceGoneException">It ended meanwhile.</exception>
    public async ValueTask PrepareAsync(
        Lease lease,
        Frame request,
        CancellationToken cancellationToken
    )
    {
        var route = lease.Seat.Route;
        var connection = router.Pick(route) ?? await router.WaitAsync(route, cancellationToken);
        var dialect = connection.Handshake.Dialect;
        lease.IsForAnyClient = dialect.HasRequestMeta;
        if (dialect.HasSessions)
        {
            await SetLevelAsync(lease, connection, request, cancellationToken);
        }
    }

    private static async Task SetLevelAsync(
        Lease lease,
        IConnection connection,
        Frame request,
        CancellationToken cancellationToken
    )
    {
        if (
            request.Text(request.LogLevel) is not { } level
            || level == lease.LogLevel
            || FrameText.Member(Discovery.Capabilities(connection.Handshake), "logging"u8).IsEmpty
        )
        {
            return;
        }

        var set = Frame.Parse([
            .. "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"logging/setLevel\",\"params\":{\"level\":"u8,
            .. request[request.LogLevel],
            .. "}}"u8,
        ]);
        if (await connection.OpenAsync(set, lease.Session.Envelope, cancellationToken) is { } call)
        {
            using var answer = await call.ReadAsync();
            lease.LogLevel = level;
            call.Dispose();
        }
    }
}
