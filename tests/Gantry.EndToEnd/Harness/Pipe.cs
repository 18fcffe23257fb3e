using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Gantry.EndToEnd.Harness;

/// <summary>The test server alone, at the other end of its own pipes.</summary>
internal sealed class Pipe : IAsyncDisposable
{
    private readonly Process _process;

    private Pipe(Process process) => _process = process;

    public int ProcessId => _process.Id;

    public static Pipe To(params string[] switches) =>
        new(new Command(Places.TestServer, [.. switches]).Start());

    /// <summary>Sends a request and gives the answer, notifications skipped.</summary>
    public async Task<JsonObject> AskAsync(
        string method,
        string parameters,
        CancellationToken cancellationToken
    )
    {
        var message = new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = 1,
            ["method"] = method,
            ["params"] = JsonNode.Parse(parameters),
        };
        await SendAsync(message.ToJsonString(), cancellationToken);
        return await ReadAnswerAsync(cancellationToken);
    }

    public async Task SendAsync(string line, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteAsync($"{line}\n".AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
    }

    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken);

    public void CloseInput() => _process.StandardInput.Close();

    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signals.Kill(_process.Id);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task<JsonObject> ReadAnswerAsync(CancellationToken cancellationToken)
    {
        while (await ReadLineAsync(cancellationToken) is { } line)
        {
            if (JsonNode.Parse(line) is JsonObject answer && answer.ContainsKey("id"))
            {
                return answer;
            }
        }

        throw new EndOfStreamException("The server ended without an answer.");
    }
}
