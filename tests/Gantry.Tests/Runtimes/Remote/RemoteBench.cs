using System.Text;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Gantry.Runtimes.Remote;
using Gantry.Tests.Config;
using Gantry.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Tests.Runtimes.Remote;

/// <summary>The runtime of what runs elsewhere, with one server.</summary>
internal sealed class RemoteBench : IAsyncDisposable
{
    private readonly SemaphoreSlim _changes = new(0);
    private readonly Desired _desired;
    private long _starts;

    /// <param name="keys">The server's keys, in YAML's short form.</param>
    public RemoteBench(
        string keys,
        IUpstreamCredentials? credentials = null,
        TimeProvider? time = null,
        int? maxFrameSize = null
    )
    {
        _desired = Written.Own($"servers: {{ far: {{ {keys} }} }}").Servers.Values.Single();
        Runtime = new(
            credentials ?? new NoUpstreamCredentials(),
            new SessionHandshakes(),
            Logs,
            new WireTaps(TimeProvider.System),
            time ?? TimeProvider.System,
            NullLoggerFactory.Instance
        )
        {
            MaxFrameSize = () => maxFrameSize ?? 64 * 1024 * 1024,
        };
        Runtime.Changed += _ => _changes.Release();
    }

    public RemoteRuntime Runtime { get; }

    public ServerLogs Logs { get; } = new();

    public string LogText =>
        string.Join('\n', Logs.Of(_desired.Name).Latest(100).Select(entry => entry.ToString()));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async Task<Instance> StartAsync(Phase until)
    {
        var id = InstanceId.Of(_desired, (int)Interlocked.Increment(ref _starts));
        await Runtime.StartAsync(new(_desired, id, 0, null, "test"), Cancelled);
        return await UntilAsync(id, until);
    }

    public async Task<IConnection> ConnectAsync()
    {
        var ready = await StartAsync(Phase.Ready);
        return Runtime.Connect(ready.Id)
            ?? throw new InvalidOperationException($"{ready.Id} is not ready.");
    }

    public async Task<Instance> UntilAsync(InstanceId id, Phase phase)
    {
        while (true)
        {
            var all = await Runtime.ObserveAsync(_desired.Name, Cancelled);
            var instance = all.Single(one => one.Id == id);
            if (instance.Phase == phase)
            {
                return instance;
            }

            Assert.False(instance.Phase is Phase.Exited, $"It has ended: {instance.Reason}");
            await _changes.WaitAsync(Cancelled);
        }
    }

    public Task StopAsync(InstanceId id) =>
        Runtime
            .StopAsync(
                new(id, TimeProvider.System.GetUtcNow().AddSeconds(5), Cause.Asked, "test"),
                Cancelled
            )
            .AsTask();

    public static async Task<Call> OpenAsync(
        IConnection connection,
        string method,
        string parameters = "{}",
        Envelope? envelope = null
    )
    {
        var request = Frame.Parse(
            Encoding.UTF8.GetBytes(
                $$"""{"jsonrpc":"2.0","id":"mine","method":"{{method}}","params":{{parameters}}}"""
            )
        );
        return await connection.OpenAsync(request, envelope ?? Envelope.Own, Cancelled)
            ?? throw new InvalidOperationException("The gate is closed.");
    }

    /// <summary>The body of the response.</summary>
    public static async Task<string> AskAsync(
        IConnection connection,
        string method,
        string parameters = "{}",
        Envelope? envelope = null
    )
    {
        using var call = await OpenAsync(connection, method, parameters, envelope);
        while (true)
        {
            using var frame = await call.ReadAsync();
            if (frame.Kind is FrameKind.Response)
            {
                return Encoding.UTF8.GetString(frame[frame.Body]);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Runtime.DisposeAsync();
        _changes.Dispose();
    }
}
