using System.Diagnostics;

namespace Gantry.TestServer;

/// <summary>A process that does all it can to survive its family.</summary>
internal static class Grandchild
{
    // A session of its own, whose leader is gone at once: neither the process group, nor the
    // session, nor the parent leads back to the server. It keeps the server's pipes open. What is
    // ignored stays ignored over exec.
    private const string Script = """
        trap '' TERM INT HUP
        setsid sh -c '
          sh -c "echo \$\$ >>\"\$0\"; exec $1 sleep 2147483" "$0" &
        ' "$1" "$2"
        """;

    /// <summary>Returns when it has written its number.</summary>
    public static async Task LeaveBehindAsync(Options options)
    {
        var file = options.PidFile ?? "/dev/null";
        var prefix = options.CleanEnvironment ? "env -i" : "";
        using var shell =
            Process.Start("sh", ["-c", Script, "sh", file, prefix])
            ?? throw new UnreachableException();
        await shell.WaitForExitAsync(CancellationToken.None);
    }
}
