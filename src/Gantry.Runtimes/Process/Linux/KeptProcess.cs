namespace Gantry.Runtimes.Process.Linux;

/// <summary>One started server and everything that came of it.</summary>
/// <param name="Leader">The process that was started; it leads a session and a group.</param>
/// <param name="Mark">What its environment carries and no other server's does.</param>
/// <param name="Group">Its control group, where there is one: it misses nobody.</param>
internal sealed record KeptProcess(long Ticket, int Leader, string Mark, Cgroup? Group)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    // A process stuck in the kernel cannot be killed by anybody; the daemon must hear of the rest.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    public void Signal(int number) => Native.Kill(-Leader, number);

    /// <summary>Kills until nobody is left, or patience ends.</summary>
    public bool KillAll()
    {
        var looks = 0;
        while (KillOnce())
        {
            if (++looks * s_look > s_patience)
            {
                return false;
            }

            Pause.For(s_look);
        }

        Group?.TryRemove();
        return true;
    }

    /// <summary>Kills whoever is there now.</summary>
    /// <returns>Whether anybody was.</returns>
    public bool KillOnce()
    {
        if (Group is not null && Group.TryKill())
        {
            return !Group.IsEmpty();
        }

        var members = FindMembers();
        foreach (var member in members)
        {
            Native.Kill(member, Native.SigKill);
        }

        return members.Count > 0;
    }

    // By parenthood, by session and by the mark: a process that left two of them keeps the third,
    // unless it cleared its environment, left its session and lost its parent. That one is found
    // only by the control group, or when the keeper ends.
    private List<int> FindMembers()
    {
        var table = ProcessTable.Read();
        var members = new HashSet<int> { Leader };
        int before;
        do
        {
            before = members.Count;
            members.UnionWith(
                table
                    .Where(entry => members.Contains(entry.Parent) || entry.Session == Leader)
                    .Select(entry => entry.ProcessId)
            );
        } while (members.Count > before);

        members.UnionWith(
            table
                .Where(entry => !entry.IsZombie)
                .Select(entry => entry.ProcessId)
                .Where(id => !members.Contains(id) && ProcessTable.HasInEnvironment(id, Mark))
        );
        return
        [
            .. table
                .Where(entry => members.Contains(entry.ProcessId) && !entry.IsZombie)
                .Select(entry => entry.ProcessId),
        ];
    }
}
