namespace Gantry.Runtimes.Process.Linux;

/// <summary>
/// A shell that waits until the keeper is dead and then ends whatever the keeper kept. It is the
/// only one left when daemon and keeper are killed together.
/// </summary>
/// <remarks>
/// It holds nothing but the reading end of a pipe whose writing end is the keeper's alone, so it
/// learns of the keeper's death from the kernel. A megabyte of memory, no loop while it waits.
/// </remarks>
internal static class LastWill
{
    private const string Shell = "/bin/sh";

    // $1: what every kept process has in its environment; $2: the control group, or nothing.
    private const string Script = """
        trap '' HUP INT TERM
        read -r _
        round=0
        while [ $round -lt 100 ]; do
          found=
          if [ -n "$2" ] && [ -e "$2/cgroup.kill" ]; then
            echo 1 > "$2/cgroup.kill"
            grep -q 'populated 1' "$2/cgroup.events" && found=1
          fi
          for process in /proc/[0-9]*; do
            if grep -qsF "$1" "$process/environ"; then
              kill -9 "${process#/proc/}" 2> /dev/null && found=1
            fi
          done
          [ -n "$found" ] || break
          round=$((round + 1))
          sleep 0.05
        done
        if [ -n "$2" ]; then rmdir "$2"/*/ "$2" 2> /dev/null; fi
        """;

    /// <returns>Its process id; negative where there is no shell to run it.</returns>
    public static int Start(string mark, string? cgroup, int waitFor, int nowhere) =>
        Spawn.Start(
            Shell,
            ["gantry-will", "-c", Script, "gantry-will", mark, cgroup ?? ""],
            ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"],
            "/",
            [waitFor, nowhere, nowhere]
        );
}
