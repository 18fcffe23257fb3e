using Gantry.Config;
using Gantry.Gateway.Http;
using Gantry.Gateway.Messages;
using Gantry.Reconcile;
using Gantry.Runtimes;

namespace Gantry.Gateway.Ports;

/// <summary>For probes of a dedicated port: no authentication, no Host check, nothing secret.
/// </summary>
internal sealed class PortHealth(Board board)
{
    private const string Root = "/health";

    public static bool Covers(string path) =>
        path.StartsWith(Root, StringComparison.Ordinal)
        && path[Root.Length..].TrimEnd('/') is "" or "/live" or "/ready";

    public Task AnswerAsync(HttpContext context, ServerName server)
    {
        var isLive = (context.Request.Path.Value ?? "").TrimEnd('/').EndsWith("/live");
        var isWell = isLive || IsReady(server);
        context.Response.StatusCode = isWell
            ? StatusCodes.Status200OK
            : StatusCodes.Status503ServiceUnavailable;
        return HttpText.WriteJsonAsync(
            context.Response,
            RpcText.Status(
                isLive ? "live"
                : isWell ? "ready"
                : "waiting"
            )
        );
    }

    // A server that sleeps until somebody asks is as ready as can be.
    private bool IsReady(ServerName server) =>
        board.Current.Servers.GetValueOrDefault(server) is { } status
        && (
            status.Instances.Any(instance => instance.Phase is Phase.Ready)
            || (
                status.Plan.Trouble is null
                && status.Desired is { Spec: { } spec }
                && (spec.Start is StartMode.OnDemand || spec.Isolation is not Isolation.Shared)
            )
        );
}
