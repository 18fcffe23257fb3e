using System.Diagnostics;
using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;

namespace Gantry.EndToEnd.Replicas;

/// <summary>An official client that stays connected while its servers change.</summary>
internal sealed class Survivor : IAsyncDisposable
{
    private readonly Process _process;

    private Survivor(Process process) => _process = process;

    /// <param name="era"><c>v1</c> for the older SDK; otherwise how the newer one chooses.</param>
    public static async Task<Survivor> ConnectAsync(
        Uri endpoint,
        string era,
        CancellationToken cancellationToken
    )
    {
        var script = Path.Combine(Places.Npm, "survivor.mjs");
        var command = new Command(Places.Node, script, endpoint.ToString(), era);
        var survivor = new Survivor(command.Start());
        await survivor.ReadAsync(cancellationToken);
        return survivor;
    }

    public async Task<Echo> EchoAsync(string message, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(message.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        var line = await ReadAsync(cancellationToken);
        var lost = line["lost"]?.AsObject();
        return new(
            line["text"]?.GetValue<string>() ?? "",
            lost?["status"]?.GetValue<int>(),
            TimeSpan.FromMilliseconds(lost?["ms"]?.GetValue<double>() ?? 0)
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<JsonObject> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        return line is null
            ? throw new InvalidOperationException(
                await _process.StandardError.ReadToEndAsync(cancellationToken)
            )
            : JsonNode.Parse(line)?.AsObject() ?? [];
    }
}

/// <param name="Lost">The status that its first try failed with; null when it did not.</param>
/// <param name="After">How long that took.</param>
internal sealed record Echo(string Text, int? Lost, TimeSpan After);
