using System.Diagnostics.CodeAnalysis;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>
/// The process between a daemon and its servers. It starts each server in a session and, where
/// possible, a control group of its own; inherits what they leave behind and takes it off the
/// process table; reports an exit only when the whole tree is gone; and when the daemon is gone,
/// however it went, ends them all.
/// </summary>
/// <remarks>
/// Two threads: this one obeys the daemon, the other waits for children. It uses no thread pool,
/// no event loop and no <see cref="System.Diagnostics.Process"/>, whose own bookkeeping of children
/// leaves the adopted ones as zombies.
/// </remarks>
internal sealed class KeeperProcess(string token) : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    /// <summary>How long servers may take to leave by themselves once the daemon is gone.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Lock _sending = new();
    private readonly Dictionary<long, KeptProcess> _kept = [];
    private readonly SemaphoreSlim _started = new(0);
    private readonly ManualResetEventSlim _willIsGone = new();
    private Cgroup? _home;
    private Cgroup? _group;
    private int _will;
    private bool _isEnding;

    private string Mark => $"{KeptEnvironment.MarkName}={token}.";

    public void Run()
    {
        Prepare();
        new Thread(Reap) { IsBackground = true, Name = "reaper" }.Start();
        while (Next(out var command, out var descriptors))
        {
            Obey(command, descriptors);
        }

        EndAll();
    }

    public void Dispose()
    {
        _started.Dispose();
        _willIsGone.Dispose();
    }

    private void Prepare()
    {
        // Ctrl-C and a shutdown are the daemon's to handle: it stops its servers in order.
        Native.Ignore(Native.SigInterrupt);
        Native.Ignore(Native.SigTerminate);
        Native.Ignore(Native.SigHangup);
        Native.RestoreDefault(Native.SigChild);
        Native.BecomeSubreaper();
        // The daemon's socket came by inheritance, and with it whatever the daemon had inherited.
        Native.KeepDescriptorsFromChildren();
        (_home, _group) = Cgroup.TryCreateBelowOwn($"gantry-{Native.OwnProcessId()}");
        StartWill();
    }

    // The writing end stays open, unused, until this process is gone.
    private void StartWill()
    {
        var (read, _) = Native.Pipe();
        using var nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
        _will = LastWill.Start(
            Mark,
            _group?.Path,
            waitFor: read,
            nowhere: (int)nowhere.DangerousGetHandle()
        );
        Native.Close(read);
        _started.Release();
    }

    private static bool Next([NotNullWhen(true)] out KeeperCommand? command, out int[] descriptors)
    {
        command = null;
        descriptors = new int[3];
        Span<byte> header = stackalloc byte[KeeperProtocol.HeaderBytes];
        if (!Native.Receive(KeeperProtocol.Descriptor, header, descriptors, out _))
        {
            return false;
        }

        var body = new byte[BitConverter.ToInt32(header)];
        if (!Native.Receive(KeeperProtocol.Descriptor, body, [], out _))
        {
            return false;
        }

        command = KeeperProtocol.Decode(body);
        return true;
    }

    private void Obey(KeeperCommand command, int[] descriptors)
    {
        switch (command)
        {
            case KeeperCommand.Start start:
                Start(start, descriptors);
                break;
            case KeeperCommand.Signal signal:
                Find(signal.Ticket)?.Signal(signal.Number);
                break;
            case KeeperCommand.Kill kill:
                // Once is enough: the reaper goes on when the leader's end is reported.
                Find(kill.Ticket)?.KillOnce();
                break;
        }
    }

    private void Start(KeeperCommand.Start start, int[] descriptors)
    {
        lock (_lock)
        {
            var processId = SpawnInGroup(start, descriptors, out var group);
            // Before the report: a pipe that is still open here would not break when the program
            // closes it.
            Array.ForEach(descriptors, Native.Close);
            if (processId < 0)
            {
                group?.TryRemove();
                Report(new(KeeperReportKind.NotStarted, start.Ticket, -processId));
            }
            else
            {
                var mark = KeptEnvironment.Mark(token, start.Ticket);
                _kept[start.Ticket] = new(start.Ticket, processId, mark, group);
                Report(new(KeeperReportKind.Started, start.Ticket, processId));
            }
        }

        _started.Release();
    }

    // A child is born into the group of its parent, so there is no moment at which it is outside.
    private int SpawnInGroup(KeeperCommand.Start start, int[] descriptors, out Cgroup? group)
    {
        group = _group?.TryCreate($"{start.Ticket}");
        if (group is not null && !group.TryEnter())
        {
            group.TryRemove();
            group = null;
        }

        try
        {
            return Spawn.Start(
                start.File,
                start.Arguments,
                start.Environment,
                start.Directory,
                descriptors
            );
        }
        finally
        {
            _home?.TryEnter();
        }
    }

    private KeptProcess? Find(long ticket)
    {
        lock (_lock)
        {
            return _kept.GetValueOrDefault(ticket);
        }
    }

    private void Reap()
    {
        while (true)
        {
            var processId = Native.WaitForAnyChild(out var status);
            if (processId == 0)
            {
                _started.Wait();
            }
            else if (processId == _will)
            {
                ReplaceWill();
            }
            else if (FindByLeader(processId) is { } kept)
            {
                Bury(kept, status);
            }
        }
    }

    private void ReplaceWill()
    {
        if (Volatile.Read(ref _isEnding))
        {
            _willIsGone.Set();
        }
        else
        {
            StartWill();
        }
    }

    private KeptProcess? FindByLeader(int processId)
    {
        lock (_lock)
        {
            return _kept.Values.FirstOrDefault(kept => kept.Leader == processId);
        }
    }

    // What a wrapper such as npx or a shell leaves behind ends with it.
    private void Bury(KeptProcess kept, int status)
    {
        kept.KillAll();
        lock (_lock)
        {
            _kept.Remove(kept.Ticket);
        }

        Report(new(KeeperReportKind.Exited, kept.Ticket, status));
    }

    private void Report(KeeperReport report)
    {
        Span<byte> bytes = stackalloc byte[KeeperProtocol.ReportBytes];
        KeeperProtocol.Encode(report, bytes);
        lock (_sending)
        {
            // A daemon that is gone shows at the other end of this socket too.
            Native.Send(KeeperProtocol.Descriptor, bytes, []);
        }
    }

    private void EndAll()
    {
        Volatile.Write(ref _isEnding, true);
        foreach (var kept in Kept())
        {
            kept.Signal(Native.SigTerminate);
        }

        for (var waited = TimeSpan.Zero; waited < s_grace && Kept().Length > 0; waited += s_look)
        {
            Pause.For(s_look);
        }

        foreach (var kept in Kept())
        {
            kept.KillAll();
        }

        KillAdopted();
        if (_group?.TryRemove() is not false)
        {
            DismissWill();
        }
    }

    // There is nothing left to do for it, and not every first process of a container takes orphans
    // off the process table.
    private void DismissWill()
    {
        if (_will > 0)
        {
            Native.Kill(_will, Native.SigKill);
            _willIsGone.Wait(s_grace);
        }
    }

    // What escaped its server's tree altogether has become this process's own child.
    private void KillAdopted()
    {
        var self = Native.OwnProcessId();
        for (var look = 0; look < 100; look++)
        {
            var adopted = ProcessTable
                .Read()
                .Where(entry => entry.Parent == self && entry.ProcessId != _will)
                .ToList();
            if (adopted.Count == 0)
            {
                return;
            }

            adopted.ForEach(entry => Native.Kill(entry.ProcessId, Native.SigKill));
            Pause.For(s_look);
        }
    }

    private KeptProcess[] Kept()
    {
        lock (_lock)
        {
            return [.. _kept.Values];
        }
    }
}
