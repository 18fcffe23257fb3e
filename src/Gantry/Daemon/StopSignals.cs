using System.Runtime.InteropServices;

namespace Gantry.Daemon;

/// <summary>
/// SIGINT, SIGTERM, and SIGHUP when the terminal goes: the first asks for a polite end, the second for one at once, and a third is
/// left to the system, which ends the process.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>Within this time a second signal is the first once more: some send it to the
    /// process and to its group.</summary>
    private static readonly TimeSpan s_echo = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _force = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;
    private long _latest;

    public StopSignals(TimeProvider time)
    {
        _time = time;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];
    }

    public CancellationToken Stop => _stop.Token;

    public CancellationToken Force => _force.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
        _force.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        var count = Count();
        context.Cancel = count <= 2;
        if (count <= 2)
        {
            (count is 1 ? _stop : _force).Cancel();
        }
    }

    private int Count()
    {
        lock (_lock)
        {
            var isEcho = _signals > 0 && _time.GetElapsedTime(_latest) < s_echo;
            _latest = _time.GetTimestamp();
            return isEcho ? _signals : ++_signals;
        }
    }
}
