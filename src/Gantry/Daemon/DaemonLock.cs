using System.Text.Json;
using Gantry.Storage;

namespace Gantry.Daemon;

/// <summary>Held while a daemon runs: two on one state directory would fight.</summary>
// The lock is the kernel's, so that it ends with the process however that ends.
internal sealed class DaemonLock : IDisposable
{
    private readonly FileStream _file;
    private readonly StateDirectory _state;

    private DaemonLock(FileStream file, StateDirectory state)
    {
        _file = file;
        _state = state;
    }

    /// <exception cref="StartRefusedException">Another daemon holds it.</exception>
    public static DaemonLock Take(StateDirectory state)
    {
        try
        {
            return new(PrivateFile.Open(state.LockFile, FileMode.OpenOrCreate), state);
        }
        catch (IOException)
        {
            throw new StartRefusedException(Explain(DaemonNote.Read(state), state));
        }
    }

    /// <summary>Whether a daemon runs, or is not quite gone.</summary>
    public static bool IsHeld(StateDirectory state)
    {
        if (!File.Exists(state.LockFile))
        {
            return false;
        }

        try
        {
            using var file = PrivateFile.Open(state.LockFile, FileMode.Open);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Leaves word for others: who holds the lock, and where it listens.</summary>
    public void Announce(DaemonNote note) =>
        PrivateFile.Write(
            _state.DaemonFile,
            JsonSerializer.SerializeToUtf8Bytes(note, DaemonJson.Default.DaemonNote)
        );

    public void Dispose()
    {
        File.Delete(_state.DaemonFile);
        _file.Dispose();
    }

    private static string Explain(DaemonNote? note, StateDirectory state)
    {
        var holder = note is null ? "" : $" (process {note.ProcessId})";
        var runs = $"A Gantry daemon{holder} already runs with the state directory '{state.Path}'";
        return note?.LeavesAfter is { } patience
            ? $"{runs}. It was started for 'gantry stdio', and leaves when nobody has used it for "
                + $"{patience.TotalMinutes:0.#} min. To run these servers now, end that process: "
                + "its clients come back to the new daemon by themselves. Or name another "
                + "directory with --state-dir."
            : $"{runs}. Stop it first, or name another directory with --state-dir.";
    }
}
