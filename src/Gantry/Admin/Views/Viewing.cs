using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Reconcile;
using Gantry.Runtimes;

namespace Gantry.Admin.Views;

/// <summary>Makes views from what the board holds. The one place that decides what is shown.
/// </summary>
internal static class Viewing
{
    /// <summary>Every server that is configured or not quite gone, by name.</summary>
    public static IEnumerable<ServerView> Servers(BoardSnapshot board, string baseUrl) =>
        board
            .Config.Servers.Keys.Union(board.Servers.Keys)
            .Order()
            .Select(name => Server(board, name, baseUrl))
            .OfType<ServerView>();

    /// <summary>Null when there is no such server.</summary>
    public static ServerView? Server(BoardSnapshot board, ServerName name, string baseUrl)
    {
        var desired = board.Config.Servers.GetValueOrDefault(name);
        var status = board.Servers.GetValueOrDefault(name);
        if (desired is null && status is null)
        {
            return null;
        }

        status ??= new(name, desired, Intent.Default, [], [], Plan.Nothing, default);
        var view = Server(status, status.Desired ?? desired, $"{baseUrl}/mcp/{name}");
        return view with { Port = Of(board.Ports.GetValueOrDefault(name)) };
    }

    public static InstanceView Of(Instance instance) =>
        new(
            instance.Id.Value,
            instance.Server.ToString(),
            Word.Of(instance.Phase),
            instance.Since,
            instance.StartedAt,
            instance.ReadyAt
        )
        {
            Session = instance.Session,
            ProcessId = instance.ProcessId,
            CallsInFlight = instance.CallsInFlight,
            Cause = instance.Cause is { } cause ? Word.Of(cause) : null,
            ExitCode = instance.ExitCode,
            Reason = instance.Reason,
        };

    public static EventView Of(Event happened) =>
        new(
            happened.At,
            happened.Kind,
            happened.Message,
            happened.Server?.ToString(),
            happened.Instance?.ToString()
        );

    public static LogView Of(ServerName server, LogLine line) =>
        new(line.At, server.ToString(), line.Instance.Value, Word.Of(line.Source), line.Text);

    public static DiagnosticView Of(Diagnostic diagnostic) =>
        new(
            Word.Of(diagnostic.Severity),
            diagnostic.Place.File,
            diagnostic.Place.Line,
            diagnostic.Place.Column,
            diagnostic.Code,
            diagnostic.Problem,
            diagnostic.Remedy
        )
        {
            Server = diagnostic.Server?.ToString(),
        };

    public static PlannedServerView Of(ServerName name, Plan plan, string summary) =>
        new(name.ToString(), summary, [.. plan.Steps.Select(Of)], Of(plan.Trouble), plan.WakeAt);

    public static PlanView Of(IEnumerable<PlannedServer> servers, ConfigSnapshot config) =>
        new(
            [.. servers.Select(server => Of(server.Name, server.Plan, server.Summary))],
            [.. config.Diagnostics.Select(Of)]
        );

    private static PortView? Of(PortStatus? status) =>
        status is null ? null : new(status.Port, status.Problem, status.RetryAt);

    private static ServerView Server(ServerStatus status, Desired? desired, string url) =>
        new(
            status.Name.ToString(),
            Word.Of(State(status)),
            url,
            desired?.Spec.Place.ToString(),
            Reason(status),
            status.Exits.Count(exit => exit.Cause is not Cause.Asked)
        )
        {
            Trouble = Of(status.Plan.Trouble),
            Spec = desired is null ? null : Of(desired),
            Instances = [.. status.Instances.Select(Of)],
            Exits = [.. status.Exits.Select(Of)],
        };

    private static ServerState State(ServerStatus status) =>
        status switch
        {
            { Desired: null, At.Ticks: > 0 } => ServerState.Removing,
            _ when Any(status, Phase.Ready) => ServerState.Ready,
            _ when Any(status, Phase.Starting) => ServerState.Starting,
            _ when Any(status, Phase.Draining) || Any(status, Phase.Stopping) =>
                ServerState.Stopping,
            { Intent.Paused: true } => ServerState.Stopped,
            { Plan.Trouble.Kind: TroubleKind.CrashLoop } => ServerState.CrashLoop,
            { Plan.Trouble.Kind: TroubleKind.Backoff } => ServerState.Backoff,
            { Desired.Spec.Start: StartMode.OnDemand } => ServerState.Idle,
            _ => ServerState.Pending,
        };

    private static bool Any(ServerStatus status, Phase phase) =>
        status.Instances.Any(instance => instance.Phase == phase);

    private static string? Reason(ServerStatus status) =>
        status.Plan.Trouble?.Message
        ?? status.Instances.FirstOrDefault(instance => instance.IsAlive)?.Reason;

    private static TroubleView? Of(Trouble? trouble) =>
        trouble is null ? null : new(Word.Of(trouble.Kind), trouble.Message, trouble.RetryAt);

    private static ExitView Of(Exit exit) =>
        new(exit.Instance.Value, exit.At, Word.Of(exit.Cause), exit.ExitCode, exit.Reason);

    private static StepView Of(Step step) => new(Action(step), step.Instance.Value, step.Why);

    private static string Action(Step step) =>
        step switch
        {
            Step.Start => "start",
            Step.Drain => "drain",
            Step.Stop => "stop",
            Step.Kill => "kill",
            _ => throw new UnreachableException(),
        };

    // Of an expandable only what was written is shown, and of the environment only the names: a
    // value may be a secret that somebody wrote into the file.
    private static SpecView Of(Desired desired)
    {
        var spec = desired.Spec;
        var view = new SpecView(
            Word.Of(spec.Start),
            Word.Of(spec.Isolation),
            Word.Of(spec.Replacement),
            new(spec.Instances.Min, spec.Instances.Max)
        )
        {
            Description = spec.Description,
            Port = spec.Port,
            Runtime = Word.Of(spec.Runtime),
            Environment = [.. spec.Environment.Keys],
            Hash = desired.Hash.Value,
        };
        return spec.Runtime switch
        {
            ProcessSpec process => view with
            {
                Command = process.Command.Written,
                Arguments = Written(process.Arguments),
                Directory = process.ShownDirectory,
            },
            RemoteSpec remote => view with
            {
                Url = remote.Url.Written,
                Transport = Word.Of(remote.Transport),
                Headers = [.. remote.Headers.Keys],
            },
            _ => throw new UnreachableException(),
        };
    }

    private static IReadOnlyList<string> Written(ImmutableArray<Expandable> texts) =>
        [.. texts.Select(text => text.Written)];

    public static LoginView Of(Runtimes.Remote.Authorization.KnownLogin login) =>
        new(
            login.Server,
            login.Principal,
            login.Issuer,
            login.Scopes,
            login.At,
            login.ExpiresAt,
            login.IsUsable ? "good" : "needs login"
        );
}
