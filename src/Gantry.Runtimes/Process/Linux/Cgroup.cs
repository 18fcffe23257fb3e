namespace Gantry.Runtimes.Process.Linux;

/// <summary>
/// A control group of version 2, used for one thing only: every process born in it can be found and
/// killed, whatever it did to its parents, its session or its environment.
/// </summary>
internal sealed class Cgroup
{
    private const string Processes = "cgroup.procs";
    private const string KillFile = "cgroup.kill";

    private readonly string _path;

    private Cgroup(string path) => _path = path;

    public string Path => _path;

    /// <summary>
    /// The group that this process is in, and a new one below it; neither where the kernel or the
    /// permissions do not allow to come and go (not root, or a read-only mount as in most
    /// containers).
    /// </summary>
    public static (Cgroup? Own, Cgroup? Below) TryCreateBelowOwn(string name)
    {
        if (FindMount() is not { } mount || FindOwn() is not { } path)
        {
            return default;
        }

        var own = new Cgroup(System.IO.Path.Join(mount, path));
        var below = own.TryCreate(name);
        if (below is { CanKill: true } && below.TryEnter() && own.TryEnter())
        {
            return (own, below);
        }

        below?.TryRemove();
        return default;
    }

    private bool CanKill => File.Exists(System.IO.Path.Join(_path, KillFile));

    public Cgroup? TryCreate(string name)
    {
        var path = System.IO.Path.Join(_path, name);
        try
        {
            Directory.CreateDirectory(path);
            return new(path);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return null;
        }
    }

    /// <summary>Moves this process in, so that its next child is born there.</summary>
    public bool TryEnter() => TryWrite(Processes, "0");

    /// <summary>Kills every process in the group and below, also those being born.</summary>
    public bool TryKill() => TryWrite(KillFile, "1");

    public bool IsEmpty()
    {
        try
        {
            return File.ReadAllText(System.IO.Path.Join(_path, "cgroup.events"))
                .Contains("populated 0", StringComparison.Ordinal);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return true;
        }
    }

    /// <summary>Removes the empty group. One that still has a dying process stays for later.</summary>
    public bool TryRemove()
    {
        try
        {
            Directory.Delete(_path);
            return true;
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            // The last will removes the whole tree in the end.
            return false;
        }
    }

    private bool TryWrite(string file, string text)
    {
        try
        {
            File.WriteAllText(System.IO.Path.Join(_path, file), text);
            return true;
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return false;
        }
    }

    private static bool IsRefusal(Exception exception) =>
        exception is IOException or UnauthorizedAccessException;

    // "0::/path" is the line of version 2; hybrid machines have others beside it.
    private static string? FindOwn() =>
        ReadLines("/proc/self/cgroup")
            .Where(line => line.StartsWith("0::", StringComparison.Ordinal))
            .Select(line => line[3..])
            .FirstOrDefault();

    // "... MOUNT_POINT OPTIONS - TYPE SOURCE ..." (proc_pid_mountinfo).
    private static string? FindMount() =>
        ReadLines("/proc/self/mountinfo")
            .Select(line => line.Split(' '))
            .Where(fields => Array.IndexOf(fields, "cgroup2") > Array.IndexOf(fields, "-"))
            .Select(fields => fields[4])
            .FirstOrDefault();

    private static IEnumerable<string> ReadLines(string file) =>
        File.Exists(file) ? File.ReadLines(file) : [];
}
