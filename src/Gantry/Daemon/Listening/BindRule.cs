using Gantry.Access;
using Gantry.Config;

namespace Gantry.Daemon;

/// <summary>Whether a listener may be opened: not to other machines, unless who comes in is asked
/// who they are, or somebody said in so many words that nobody is.</summary>
internal static class BindRule
{
    /// <exception cref="StartRefusedException">It may not.</exception>
    public static void Check(Listener listener, GatewaySettings settings)
    {
        if (
            listener.IsLoopback
            || settings.Auth is not null
            || listener.IsAmong(settings.AllowUnauthenticated)
        )
        {
            return;
        }

        throw new StartRefusedException(
            $"Will not listen on {listener.EndPoint}: it can be reached from other machines, and "
                + "nobody is asked who they are, so anybody could call every tool. Configure "
                + "gateway.auth; or allow it in so many words with "
                + $"gateway.allow_unauthenticated: [{listener.Name}], and name in "
                + "gateway.allowed_hosts the hosts under which it is reached."
        );
    }
}
