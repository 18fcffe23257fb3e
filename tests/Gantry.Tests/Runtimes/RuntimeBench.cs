using System.Globalization;
using System.Text;
using System.Text.Json;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Gantry.Runtimes.Process;
using Gantry.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Tests.Runtimes;

/// <summary>A real process runtime with a real keeper, and a folder of its own.</summary>
internal sealed class RuntimeBench : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gantry-test-");
    private readonly SemaphoreSlim _changes = new(0);

    public RuntimeBench(string? keeper = null)
    {
        Runtime = new(
            new(keeper ?? Path.Join(AppContext.BaseDirectory, "gantry"), []),
            new SessionHandshakes(),
            Logs,
            new WireTaps(TimeProvider.System),
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
        Runtime.Changed += _ => _changes.Release();
    }

    public ServerLogs Logs { get; } = new();

    public ProcessRuntime Runtime { get; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The test server with these arguments.</summary>
    public Desired Server(string name, params string[] arguments) =>
        Server(name, Path.Join(AppContext.BaseDirectory, "Gantry.TestServer"), arguments);

    public Desired Server(string name, string command, string[] arguments)
    {
        var process = new ProcessSpec(
            new(command),
            [.. arguments.Select(argument => new Expandable(argument))],
            _folder.FullName
        );
        return Desired.Of(new(ServerName.Parse(name), process, default), "key"u8);
    }

    public string File(string name) => Path.Join(_folder.FullName, name);

    public async Task StartAsync(Desired server) =>
        await Runtime.StartAsync(
            new(server, InstanceId.Of(server, 1), 0, Session: null, "test"),
            Cancelled
        );

    public async Task StopAsync(Instance instance) =>
        await Runtime.StopAsync(
            new(
                instance.Id,
                TimeProvider.System.GetUtcNow() + instance.StopPolicy.Grace,
                Cause.Asked,
                "test"
            ),
            Cancelled
        );

    public async Task<Instance> ObserveAsync(Desired server) =>
        Assert.Single(await Runtime.ObserveAsync(server.Name, Cancelled));

    /// <summary>Waits for facts to change until the instance is in this phase.</summary>
    public async Task<Instance> UntilAsync(Desired server, Phase phase)
    {
        while (true)
        {
            var instance = await ObserveAsync(server);
            if (instance.Phase == phase)
            {
                return instance;
            }

            Assert.False(
                instance.Phase is Phase.Exited,
                $"Ended instead of {phase}: {instance.Reason}"
            );
            await _changes.WaitAsync(Cancelled);
        }
    }

    public async Task<string> CallEchoAsync(InstanceId instance, string text)
    {
        var answer = await CallAsync(instance, "echo", $$"""{"text":"{{text}}"}""");
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("content")[0].GetProperty("text").GetRawText();
    }

    public async Task<string> CallAsync(InstanceId instance, string tool, string arguments)
    {
        var request = Frame.Parse(
            Encoding.UTF8.GetBytes(
                $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}"""
            )
        );
        var connection = Runtime.Connect(instance);
        Assert.NotNull(connection);
        using var call = await connection.OpenAsync(request, Envelope.Own, Cancelled);
        Assert.NotNull(call);
        using var answer = await call.ReadAsync();
        return Encoding.UTF8.GetString(answer[answer.Body]);
    }

    public static async Task<int> ReadProcessIdAsync(string file)
    {
        while (true)
        {
            if (
                System.IO.File.Exists(file)
                && int.TryParse(
                    await System.IO.File.ReadAllTextAsync(file, Cancelled),
                    CultureInfo.InvariantCulture,
                    out var processId
                )
            )
            {
                return processId;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
        }
    }

    /// <summary>There, and not merely waiting to be taken off the process table.</summary>
    public static bool IsRunning(int processId)
    {
        var stat = $"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/stat";
        return System.IO.File.Exists(stat)
            && !System.IO.File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
    }

    public static void KillHard(int processId)
    {
        const int SigKill = 9;
        Gantry.Runtimes.Process.Linux.Native.Kill(processId, SigKill);
    }

    public async ValueTask DisposeAsync()
    {
        await Runtime.DisposeAsync();
        _folder.Delete(recursive: true);
        _changes.Dispose();
    }
}
