using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gantry.EndToEnd.Harness;

/// <summary>The built <c>gantry</c>, started as a user starts it, with a state of its own.</summary>
internal sealed class GantryDaemon : IAsyncDisposable
{
    /// <summary>A variable of the daemon that no server may see.</summary>
    public const string SecretName = "SCENARIO_SECRET";

    private readonly Process _process;
    private readonly string _state;
    private readonly ConcurrentQueue<string> _output = new();

    private GantryDaemon(Process process, string state, Uri address)
    {
        _process = process;
        _state = state;
        Address = address;
        process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        ProcessId = process.Id;
    }

    public Uri Address { get; }

    public int ProcessId { get; }

    public bool HasEnded => _process.HasExited;

    public string Output => string.Join('\n', _output);

    public int KeeperId =>
        ProcessTable
            .Descendants(ProcessId)
            .First(row => row.CommandLine.Contains(" keeper", StringComparison.Ordinal))
            .Id;

    /// <summary>Returns when it says that it is ready.</summary>
    public static async Task<GantryDaemon> UpAsync(
        string home,
        string mark,
        string[] arguments,
        CancellationToken cancellationToken
    )
    {
        var address = $"127.0.0.1:{FreePort()}";
        var state = Path.Combine(home, "state");
        var command = new Command(
            Places.Gantry,
            ["up", .. arguments, "--listen", address, "--state-dir", state]
        )
        {
            Directory = home,
            Environment = ImmutableDictionary<string, string>
                .Empty.Add("SCENARIO_MARK", mark)
                .Add(SecretName, "not for servers"),
        };
        var daemon = new GantryDaemon(command.Start(), state, new($"http://{address}"));
        try
        {
            await daemon.WaitUntilReadyAsync(cancellationToken);
            return daemon;
        }
        catch (TimeoutException exception)
        {
            await daemon.DisposeAsync();
            throw new TimeoutException($"{exception.Message}\n{daemon.Output}", exception);
        }
    }

    public Uri EndpointOf(string server) => new(Address, $"/mcp/{server}");

    /// <summary>Runs another <c>gantry</c> command against this daemon.</summary>
    public Task<Finished> RunAsync(
        CancellationToken cancellationToken,
        params string[] arguments
    ) =>
        new Command(Places.Gantry, [.. arguments, "--state-dir", _state]).RunAsync(
            cancellationToken
        );

    /// <summary>Opens a session, calls one tool, and ends the session.</summary>
    public async Task<ToolAnswer> CallAsync(
        string server,
        string tool,
        string arguments,
        CancellationToken cancellationToken
    )
    {
        await using var client = await McpClient.OpenAsync(EndpointOf(server), cancellationToken);
        return await client.CallAsync(tool, arguments, cancellationToken);
    }

    /// <summary>The process id that a test server gives of itself.</summary>
    public async Task<int> PidOfAsync(string server, CancellationToken cancellationToken) =>
        (await CallAsync(server, "pid", "{}", cancellationToken)).Number;

    /// <summary>Asks it to leave, as Ctrl-C does, and waits.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Signals.Interrupt(ProcessId);
        await EndAsync(cancellationToken);
    }

    /// <summary>Ends it without giving it a chance.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        Signals.Kill(ProcessId);
        await EndAsync(cancellationToken);
    }

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        await _process.WaitForExitAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = Address };
        await Eventually.TrueAsync(
            "gantry is ready",
            async () =>
            {
                if (HasEnded)
                {
                    throw new TimeoutException("gantry has ended");
                }

                return await IsReadyAsync(http, cancellationToken);
            },
            cancellationToken
        );
    }

    private static async Task<bool> IsReadyAsync(
        HttpClient http,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var answer = await http.GetAsync("/health/ready", cancellationToken);
            return answer.StatusCode is HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>A port that nobody has at this moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
