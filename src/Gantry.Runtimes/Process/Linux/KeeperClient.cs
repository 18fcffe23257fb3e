using System.Collections.Concurrent;
using System.ComponentModel;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>The daemon's side of one keeper: starts it, commands it, and hears its reports.</summary>
internal sealed partial class KeeperClient : IAsyncDisposable
{
    // It gives servers a second to leave, and then only kills.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<long, KeptChild> _children = new();
    private readonly Lock _sending = new();
    private readonly string _token = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private readonly TimeProvider _time;
    private readonly ILogger<KeeperClient> _logger;
    private readonly Socket _socket;
    private readonly Task _listening;
    private readonly int _processId;
    private long _lastTicket;
    private volatile bool _isGone;

    /// <exception cref="StartFailedException">The keeper could not be started.</exception>
    public KeeperClient(
        ProcessRuntimeOptions options,
        TimeProvider time,
        ILogger<KeeperClient> logger
    )
    {
        _time = time;
        _logger = logger;
        try
        {
            (_socket, _processId) = Launch(options);
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            throw Failed(options, exception.Message);
        }

        LogStarted(_processId);
        _listening = ListenAsync();
    }

    public int ProcessId => _processId;

    /// <summary>The keeper died, which only a kill from outside can do.</summary>
    public bool IsGone => _isGone;

    /// <summary>Starts a program; how it goes shows in the child.</summary>
    /// <param name="descriptors">Its standard input, output and error; closed here.</param>
    public KeptChild Start(ChildProgram program, ReadOnlySpan<int> descriptors)
    {
        var ticket = Interlocked.Increment(ref _lastTicket);
        var child = new KeptChild(this, ticket);
        _children[ticket] = child;
        var isSent = Send(
            new KeeperCommand.Start(
                ticket,
                program.File,
                program.Directory,
                program.Arguments,
                [.. program.Environment, KeptEnvironment.Mark(_token, ticket)]
            ),
            descriptors
        );
        foreach (var descriptor in descriptors)
        {
            Native.Close(descriptor);
        }

        if (!isSent || _isGone)
        {
            Bury(child);
        }

        return child;
    }

    public void Signal(long ticket, int number) =>
        Send(new KeeperCommand.Signal(ticket, number), []);

    public void Kill(long ticket) => Send(new KeeperCommand.Kill(ticket), []);

    /// <summary>Lets the keeper go, which ends whatever it still keeps.</summary>
    public async ValueTask DisposeAsync()
    {
        _socket.Shutdown(SocketShutdown.Send);
        try
        {
            await _listening.WaitAsync(s_patience, _time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // Stuck or suspended. Its last will does what it would have done.
            Native.Kill(_processId, Native.SigKill);
            await _listening;
        }

        _socket.Dispose();
    }

    private (Socket Mine, int ProcessId) Launch(ProcessRuntimeOptions options)
    {
        var (mine, its) = Native.SocketPair();
        var socket = new Socket(new SafeSocketHandle(mine, ownsHandle: true));
        try
        {
            return (socket, Launch(options, its));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        finally
        {
            Native.Close(its);
        }
    }

    private int Launch(ProcessRuntimeOptions options, int socket)
    {
        using var nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var nothing = (int)nowhere.DangerousGetHandle();
        var processId = Spawn.Start(
            options.KeeperFile,
            [options.KeeperFile, .. options.KeeperArguments, Keeper.Argument, _token],
            KeeperEnvironment(),
            directory: "/",
            [nothing, nothing, 2, socket]
        );
        return processId > 0 ? processId : throw new Win32Exception(-processId);
    }

    private static StartFailedException Failed(ProcessRuntimeOptions options, string why) =>
        new(
            $"Cannot start the keeper '{options.KeeperFile}': {why.TrimEnd('.')}. "
                + "Is Gantry installed completely?"
        );

    // The keeper is small and idle: it needs neither a second heap nor optimised code.
    private static List<string> KeeperEnvironment() =>
        [
            .. ChildEnvironment.Own(),
            "DOTNET_gcConcurrent=0",
            "DOTNET_GCHeapHardLimit=0x4000000",
            "DOTNET_GCgen0size=0x100000",
            "DOTNET_TieredPGO=0",
        ];

    private bool Send(KeeperCommand command, ReadOnlySpan<int> descriptors)
    {
        var bytes = KeeperProtocol.Encode(command);
        lock (_sending)
        {
            return !_isGone
                && Native.Send((int)_socket.SafeHandle.DangerousGetHandle(), bytes, descriptors);
        }
    }

    private async Task ListenAsync()
    {
        var bytes = new byte[KeeperProtocol.ReportBytes];
        await using var stream = new NetworkStream(_socket, ownsSocket: false);
        while (await TryReadAsync(stream, bytes))
        {
            Hear(KeeperProtocol.DecodeReport(bytes));
        }

        await MournAsync();
    }

    private static async ValueTask<bool> TryReadAsync(NetworkStream stream, byte[] bytes)
    {
        try
        {
            await stream.ReadExactlyAsync(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Hear(KeeperReport report)
    {
        if (!_children.TryGetValue(report.Ticket, out var child))
        {
            return;
        }

        switch (report.Kind)
        {
            case KeeperReportKind.Started:
                child.HasStarted(report.Value);
                break;
            case KeeperReportKind.NotStarted:
                _children.TryRemove(report.Ticket, out _);
                child.HasNotStarted(report.Value);
                break;
            case KeeperReportKind.Exited:
                _children.TryRemove(report.Ticket, out _);
                child.HasExited(new(report.Value));
                break;
        }
    }

    // Whatever the keeper kept is being ended by its last will. An exit is reported only once
    // nobody is left, as always: the successor may share files with them.
    private async Task MournAsync()
    {
        _isGone = true;
        Native.WaitForChild(_processId);
        if (!_children.IsEmpty)
        {
            LogDied(_processId);
        }

        await SweepAsync();
        foreach (var child in _children.Values)
        {
            Bury(child);
        }
    }

    private async Task SweepAsync()
    {
        var mark = $"{KeptEnvironment.MarkName}={_token}.";
        for (var look = 0; look < 100; look++)
        {
            var left = ProcessTable
                .Read()
                .Where(entry => ProcessTable.HasInEnvironment(entry.ProcessId, mark))
                .ToList();
            if (left.Count == 0)
            {
                return;
            }

            left.ForEach(entry => Native.Kill(entry.ProcessId, Native.SigKill));
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, CancellationToken.None);
        }
    }

    private void Bury(KeptChild child)
    {
        if (_children.TryRemove(child.Ticket, out _))
        {
            child.HasExited(ExitStatus.Unknown);
        }
    }

    [LoggerMessage(LogLevel.Debug, "keeper started as process {ProcessId}")]
    private partial void LogStarted(int processId);

    [LoggerMessage(
        LogLevel.Warning,
        "the keeper (process {ProcessId}) was killed; its servers are ended and started anew"
    )]
    private partial void LogDied(int processId);
}
