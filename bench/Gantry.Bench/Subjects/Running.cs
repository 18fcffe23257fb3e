using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gantry.Bench.Load;

namespace Gantry.Bench.Subjects;

/// <summary>A gateway that runs, with all it started.</summary>
internal sealed partial class Running : IAsyncDisposable
{
    private const int Term = 15;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;

    private Running(Process process) => _process = process;

    public static async Task<Running> StartAsync(
        Subject subject,
        CancellationToken cancellationToken
    )
    {
        if (subject.File is var (path, text))
        {
            await File.WriteAllTextAsync(path, text, cancellationToken);
        }

        var running = new Running(Launch(subject));
        try
        {
            await running.WaitUntilReadyAsync(subject, cancellationToken);
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// What the gateway's own processes hold now, the echo servers behind it left out.
    /// </summary>
    public Memory Measure()
    {
        var own = Tree(_process.Id).Where(id => !IsEchoServer(id)).Select(Memory.Of).ToList();
        return new(own.Sum(one => one.Pss), own.Sum(one => one.Rss));
    }

    public async ValueTask DisposeAsync()
    {
        var tree = Tree(_process.Id).ToList();
        _ = SendSignal(_process.Id, Term);
        using var patience = new CancellationTokenSource(s_grace);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        // A gateway that forgets its servers must not slow down the next one.
        tree.ForEach(id => _ = SendSignal(id, Term));
        _process.Dispose();
    }

    private static Process Launch(Subject subject)
    {
        var start = new ProcessStartInfo(subject.Command, subject.Arguments)
        {
            // Left open: some gateways end when theirs does.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start) ?? throw new UnreachableException();
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task WaitUntilReadyAsync(Subject subject, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        while (!Answers(subject.Target))
        {
            if (_process.HasExited)
            {
                throw new InvalidDataException($"{subject.Name} ended: {_process.ExitCode}");
            }

            await Task.Delay(s_pause, TimeProvider.System, limit.Token);
        }
    }

    private static bool Answers(Target target)
    {
        try
        {
            var session = target.AnswersConstant ? null : Conversation.Open(target);
            using var conversation = new Conversation(target, session);
            var isRight = conversation.Call(1);
            conversation.End();
            return isRight;
        }
        catch (Exception exception)
            when (exception is SocketException or IOException or InvalidDataException)
        {
            return false;
        }
    }

    private static IEnumerable<int> Tree(int id) => Children(id).SelectMany(Tree).Prepend(id);

    private static IEnumerable<int> Children(int id)
    {
        try
        {
            return
            [
                .. Directory
                    .GetDirectories($"/proc/{id}/task")
                    .SelectMany(task => File.ReadAllText($"{task}/children").Split(' '))
                    .Where(word => word.Length > 0)
                    .Select(word => int.Parse(word, CultureInfo.InvariantCulture)),
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static bool IsEchoServer(int id) =>
        File.ResolveLinkTarget($"/proc/{id}/exe", returnFinalTarget: false)?.FullName
        == Repository.EchoServer;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}

/// <summary>In MiB. PSS counts a page that n processes share as one nth.</summary>
internal sealed record Memory(double Pss, double Rss)
{
    public static Memory Of(int process)
    {
        try
        {
            var lines = File.ReadAllLines($"/proc/{process}/smaps_rollup");
            return new(Read(lines, "Pss:"), Read(lines, "Rss:"));
        }
        catch (IOException)
        {
            return new(0, 0);
        }
    }

    private static double Read(string[] lines, string name)
    {
        var line = lines.Single(line => line.StartsWith(name, StringComparison.Ordinal));
        var kilobytes = line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024;
    }
}
