using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gantry.Bench.Load;

namespace Gantry.Bench.Subjects;

/// <summary>A subject that runs, with all it started.</summary>
internal sealed partial class Running : IAsyncDisposable
{
    private const int Term = 15;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly Subject _subject;
    private readonly Process? _beside;
    private readonly Process _process;

    private Running(Subject subject)
    {
        _subject = subject;
        _beside = subject.Beside is { } beside ? Launch(beside) : null;
        _process = Launch(subject.Program);
    }

    public static async Task<Running> StartAsync(
        Subject subject,
        CancellationToken cancellationToken
    )
    {
        if (subject.File is var (path, text))
        {
            await File.WriteAllTextAsync(path, text, cancellationToken);
        }

        var running = new Running(subject);
        try
        {
            await running.WaitUntilReadyAsync(cancellationToken);
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a program prints that runs to its end.</summary>
    public static async Task<string> ReadAsync(Program program, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program.Command, program.Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new UnreachableException();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidDataException($"{program.Command} ended: {process.ExitCode}");
    }

    /// <summary>
    /// What the gateway's own processes hold now, the echo servers behind it left out.
    /// </summary>
    public Memory Memory()
    {
        var own = Own().Select(Subjects.Memory.Of).ToList();
        return new(own.Sum(one => one.Pss), own.Sum(one => one.Rss));
    }

    /// <summary>What the gateway's own processes have spent so far.</summary>
    public Spent Spent() =>
        new(
            TimeSpan.FromTicks(Own().Sum(id => Subjects.Spent.CpuOf(id).Ticks)),
            _subject.HasMetrics ? Subjects.Spent.AllocatedBy(_subject.Trials[0].Target) : null
        );

    public async ValueTask DisposeAsync()
    {
        await EndAsync(_process);
        if (_beside is not null)
        {
            await EndAsync(_beside);
        }
    }

    private static async Task EndAsync(Process process)
    {
        var tree = Tree(process.Id).ToList();
        _ = SendSignal(process.Id, Term);
        using var patience = new CancellationTokenSource(s_grace);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        // A gateway that forgets its servers must not slow down the next one.
        tree.ForEach(id => _ = SendSignal(id, Term));
        process.Dispose();
    }

    private static Process Launch(Program program)
    {
        var start = new ProcessStartInfo(program.Command, program.Arguments)
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

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        while (!Answers(_subject.Trials[0].Target))
        {
            if (_process.HasExited)
            {
                throw new InvalidDataException($"{_subject.Name} ended: {_process.ExitCode}");
            }

            await Task.Delay(s_pause, TimeProvider.System, limit.Token);
        }
    }

    private static bool Answers(Target target)
    {
        try
        {
            using var conversation = new Conversation(target, Conversation.Open(target));
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

    private IEnumerable<int> Own() => Tree(_process.Id).Where(id => !IsEchoServer(id));

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
