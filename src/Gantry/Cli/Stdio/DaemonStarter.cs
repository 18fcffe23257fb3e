using System.Diagnostics;
using Gantry.Cli.Client;
using Gantry.Cli.Commands;
using Gantry.Daemon;
using Gantry.Runtimes.Process;
using Gantry.Storage;

namespace Gantry.Cli.Stdio;

/// <summary>Makes sure that a daemon runs; however many ask at once, one is started.</summary>
/// <param name="arguments">What <c>gantry up</c> is to be told: paths and where variables are. Asked
/// only when it comes to that.</param>
internal sealed class DaemonStarter(
    StateDirectory state,
    Func<IReadOnlyList<string>> arguments,
    TimeProvider time
)
{
    private const string LeavesAfter = "5m";
    private const int MaxTold = 2_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns when a daemon answers and has read its configuration.</summary>
    /// <param name="wait">How long to wait for one that may just be restarting.</param>
    /// <exception cref="CommandFailedException">None can be started.</exception>
    public async Task EnsureAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        if (await UntilAnswersAsync(wait, cancellationToken))
        {
            return;
        }

        state.Create();
        using var turn = await TakeTurnAsync(cancellationToken);
        if (turn is not null && !await AnswersAsync(cancellationToken))
        {
            await StartAsync(cancellationToken);
        }
    }

    // Null when somebody else's daemon answers meanwhile.
    private async Task<FileStream?> TakeTurnAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return PrivateFile.Open(state.StartLockFile, FileMode.OpenOrCreate);
            }
            catch (IOException)
            {
                // Somebody is at it.
            }

            await Task.Delay(s_pause, time, cancellationToken);
            if (await AnswersAsync(cancellationToken))
            {
                return null;
            }
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        using var process = Spawn();
        while (!await AnswersAsync(cancellationToken))
        {
            // One that is on its way out keeps the next from starting.
            if (process.HasExited && !DaemonLock.IsHeld(state))
            {
                throw new CommandFailedException($"The daemon did not start. {Told()}");
            }

            if (time.GetElapsedTime(began) > s_patience)
            {
                throw new CommandFailedException(
                    $"The daemon is not ready after {s_patience.TotalSeconds} s. {Told()}"
                );
            }

            await Task.Delay(s_pause, time, cancellationToken);
        }
    }

    // None of our own streams: whoever waits for their end must not wait for the daemon's.
    private Process Spawn()
    {
        var program = ProcessRuntimeOptions.OfThisProgram();
        var info = new ProcessStartInfo(
            program.KeeperFile,
            [
                .. program.KeeperArguments,
                "up",
                .. arguments(),
                "--listen",
                ListenAddress.Nowhere,
                "--exit-when-idle",
                LeavesAfter,
                "--state-dir",
                state.Path,
                UpCommand.BackgroundSwitch,
            ]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(info) ?? throw new UnreachableException();
    }

    private async Task<bool> UntilAnswersAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (!await AnswersAsync(cancellationToken))
        {
            if (time.GetElapsedTime(began) >= wait)
            {
                return false;
            }

            await Task.Delay(s_pause, time, cancellationToken);
        }

        return true;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var client = new DaemonClient(state.Socket);
        try
        {
            return client.HasSocket
                && (await client.ConfigAsync(cancellationToken)).Revision.Length > 0;
        }
        catch (Exception exception)
            when (exception is CommandFailedException or HttpRequestException or HttpIOException)
        {
            return false;
        }
    }

    private string Told()
    {
        if (!File.Exists(state.LogFile))
        {
            return "";
        }

        var log = File.ReadAllText(state.LogFile).Trim();
        return $"{state.LogFile} says:\n{log[Math.Max(0, log.Length - MaxTold)..]}";
    }
}
