using System.Text.Json;
using Gantry.Cli.Client;

namespace Gantry.Cli.Tracing;

/// <summary>
/// Sends recorded requests to a server, one after the other in their order, each in a session of
/// its own client, and compares what is answered.
/// </summary>
internal sealed class Replay(
    DaemonClient daemon,
    string server,
    ReplayPlan plan,
    Comparison comparison
) : IAsyncDisposable
{
    private readonly Dictionary<string, McpClient> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Session, string Method), int> _asked = [];

    public async Task<ReplayOutcome> RunAsync(ReplayStep step, CancellationToken cancellationToken)
    {
        if (step.Obstacle is { } obstacle)
        {
            return ReplayOutcome.NotSent(step, obstacle);
        }

        try
        {
            var answer = step.IsHandshake
                ? await BeginAsync(step.Session, step.Parameters, cancellationToken)
                : await SendAsync(step, cancellationToken);
            return await CompareAsync(step, answer, cancellationToken);
        }
        catch (CommandFailedException exception) when (exception.ExitCode is ExitCode.Failed)
        {
            return ReplayOutcome.NotSent(step, exception.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            await client.DisposeAsync();
        }
    }

    private async Task<JsonElement> SendAsync(ReplayStep step, CancellationToken cancellationToken)
    {
        if (!_clients.ContainsKey(step.Session))
        {
            await BeginAsync(step.Session, Introduction(step.Session), cancellationToken);
        }

        var parameters = step.Parameters;
        return await _clients[step.Session]
            .AskAsync(
                step.Method,
                parameters is { } value ? value.WriteTo : null,
                cancellationToken
            );
    }

    // A recording may begin in the middle of a session.
    private JsonElement? Introduction(string session) =>
        plan.Steps.FirstOrDefault(step => step.IsHandshake && step.Session == session)?.Parameters;

    private async Task<JsonElement> BeginAsync(
        string session,
        JsonElement? introduction,
        CancellationToken cancellationToken
    )
    {
        var client = new McpClient(daemon, server) { Reply = question => Reply(session, question) };
        if (_clients.Remove(session, out var former))
        {
            await former.DisposeAsync();
        }

        _clients[session] = client;
        return await client.BeginAsync(
            introduction is { } parameters ? parameters.WriteTo : null,
            cancellationToken
        );
    }

    // What the client answered the first time, it answers the first time again.
    private JsonElement? Reply(string session, string method)
    {
        var key = (session, method);
        var count = _asked.GetValueOrDefault(key);
        _asked[key] = count + 1;
        return plan.Questions[key].ElementAtOrDefault(count)?.Frame;
    }

    private async Task<ReplayOutcome> CompareAsync(
        ReplayStep step,
        JsonElement answer,
        CancellationToken cancellationToken
    )
    {
        var redacted = await daemon.RedactAsync(server, answer, cancellationToken);
        if (
            step.Answer is not { IsCut: false } recorded
            || redacted.GetProperty("cut").GetBoolean()
        )
        {
            return ReplayOutcome.NotCompared(step, "the answer is too long to be kept whole");
        }

        var differences = comparison.Of(recorded.Frame, redacted.GetProperty("frame"));
        return ReplayOutcome.Compared(step, differences);
    }
}

/// <param name="Verdict"><c>same</c>, <c>differs</c>, <c>not_sent</c> or <c>not_compared</c>.</param>
/// <param name="Why">Why it was not sent or not compared.</param>
internal sealed record ReplayOutcome(
    ReplayStep Step,
    string Verdict,
    string? Why,
    IReadOnlyList<Difference> Differences
)
{
    /// <summary>Whether it is as it was, as far as that can be told.</summary>
    public bool IsGood => Verdict is "same" or "not_compared";

    public static ReplayOutcome NotSent(ReplayStep step, string why) =>
        new(step, "not_sent", why, []);

    public static ReplayOutcome NotCompared(ReplayStep step, string why) =>
        new(step, "not_compared", why, []);

    public static ReplayOutcome Compared(ReplayStep step, IReadOnlyList<Difference> differences) =>
        new(step, differences.Count > 0 ? "differs" : "same", null, differences);
}
