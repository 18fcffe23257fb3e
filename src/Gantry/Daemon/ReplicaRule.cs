using System.Net;
using Gantry.Config;

namespace Gantry.Daemon;

/// <summary>Whether this process can be one of several replicas.</summary>
internal static class ReplicaRule
{
    /// <exception cref="StartRefusedException">It cannot.</exception>
    public static void Check(IPEndPoint endPoint, ReplicaSettings? settings)
    {
        if (settings is { Secrets.IsEmpty: true })
        {
            throw new StartRefusedException(
                "Will not start as one of several replicas: gateway.replicas cannot be used as it "
                    + "is. 'gantry validate' says what is wrong; correct it, or remove the block."
            );
        }

        if (settings is { Url: null } && IsEveryAddress(endPoint.Address))
        {
            throw new StartRefusedException(
                $"Will not start as one of several replicas: {endPoint} is every address of this "
                    + "machine, and none that another replica could use. Say in "
                    + "gateway.replicas.url where the others reach this one, such as "
                    + $"http://HOST:{endPoint.Port}."
            );
        }
    }

    private static bool IsEveryAddress(IPAddress address) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
