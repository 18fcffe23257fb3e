using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.EndToEnd.Harness;

/// <summary>The built <c>gantry</c>, started as a user starts it, with a state of its own.</summary>
internal sealed class GantryDaemon : IAsyncDisposable
{
    /// <summary>A variable of the daemon that no server may see.</summary>
    public const string SecretName = "SCENARIO_SECRET";

    // To start is the most that it ever computes, and others may do the same beside it.
    private static readonly TimeSpan s_startPatience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly string _state;
    private readonly ConcurrentQueue<string> _output = new();

    private Uri? _address;

    private GantryDaemon(Process process, string state)
    {
        _process = process;
        _state = state;
        process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        ProcessId = process.Id;
    }

    public Uri Address =>
        _address ?? throw new InvalidOperationException("The daemon does not listen.");

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
        var state = Path.Combine(home, "state");
        var command = new Command(
            Places.Gantry,
            ["up", .. arguments, "--listen", "127.0.0.1:0", "--state-dir", state]
        )
        {
            Directory = home,
            Environment = ImmutableDictionary<string, string>
                .Empty.Add("SCENARIO_MARK", mark)
                .Add(SecretName, "not for servers"),
        };
        var daemon = new GantryDaemon(command.Start(), state);
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
        using var http = new HttpClient();
        await Eventually.GetAsync(
            "gantry is ready",
            async () =>
            {
                if (HasEnded)
                {
                    throw new TimeoutException("gantry has ended");
                }

                _address ??= NotedAddress();
                return _address is not null && await IsReadyAsync(http, cancellationToken)
                    ? _address
                    : null;
            },
            s_startPatience,
            cancellationToken
        );
    }

    // A daemon that was killed has left its note.
    private Uri? NotedAddress()
    {
        try
        {
            var note = JsonNode.Parse(File.ReadAllText(Path.Combine(_state, "daemon.json")));
            return note?["processId"]?.GetValue<int>() == ProcessId ? new($"{note["url"]}") : null;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    private async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            var ready = new Uri(Address, "/health/ready");
            using var answer = await http.GetAsync(ready, cancellationToken);
            return answer.StatusCode is HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
