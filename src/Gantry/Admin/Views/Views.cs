namespace Gantry.Admin.Views;

// Enums go as words and lists as interfaces, all of them reference types: for each value type the
// serializer would have to be compiled anew in every short-lived client, which took half of its
// time.
/// <summary>One server as the admin API shows it: everything but the values of secrets.</summary>
/// <param name="State">A <see cref="ServerState"/>.</param>
/// <param name="Url">Where clients reach it.</param>
/// <param name="Source">The place in the file that defines it; null once it left the
/// configuration.</param>
/// <param name="Reason">Why it is not as it should be; null when all is well.</param>
/// <param name="Restarts">How often, in the kept history, an instance ended unasked.</param>
internal sealed record ServerView(
    string Name,
    string State,
    string Url,
    string? Source,
    string? Reason,
    int Restarts
)
{
    public TroubleView? Trouble { get; init; }

    /// <summary>The port on which it is served alone; null when it has none.</summary>
    public PortView? Port { get; init; }

    public SpecView? Spec { get; init; }

    public required IReadOnlyList<InstanceView> Instances { get; init; }

    public required IReadOnlyList<ExitView> Exits { get; init; }
}

/// <summary>One word for how a server is.</summary>
internal enum ServerState
{
    /// <summary>It should run, and its start is about to be planned.</summary>
    Pending,

    /// <summary>On demand, and nobody asked yet, or not lately.</summary>
    Idle,
    Starting,
    Ready,
    Stopping,

    /// <summary>By the operator's word.</summary>
    Stopped,

    /// <summary>It failed and will be tried again soon.</summary>
    Backoff,

    /// <summary>It failed so often that it is tried only now and then.</summary>
    CrashLoop,

    /// <summary>It left the configuration and is on its way out.</summary>
    Removing,
}

/// <param name="Problem">Why the port is not open; null when it is.</param>
internal sealed record PortView(int Number, string? Problem, DateTimeOffset? RetryAt);

/// <param name="Kind">See <see cref="Planning.TroubleKind"/>.</param>
internal sealed record TroubleView(string Kind, string Message, DateTimeOffset? RetryAt);

/// <summary>What is configured, as it was written: variables unexpanded, environment by name.
/// </summary>
internal sealed record SpecView(
    string Start,
    string Isolation,
    string Replacement,
    RangeView Instances
)
{
    public string? Description { get; init; }

    public int? Port { get; init; }

    public required string Runtime { get; init; }

    public string? Command { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public string? Directory { get; init; }

    /// <summary>The names of its environment variables.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Where it runs, when it runs elsewhere; variables as they were written.</summary>
    public string? Url { get; init; }

    public string? Transport { get; init; }

    /// <summary>The names of the headers that it is sent.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    public required string Hash { get; init; }
}

internal sealed record RangeView(int Min, int Max);

/// <param name="Phase">See <see cref="Runtimes.Phase"/>.</param>
internal sealed record InstanceView(
    string Id,
    string Server,
    string Phase,
    DateTimeOffset Since,
    DateTimeOffset StartedAt,
    DateTimeOffset? ReadyAt
)
{
    public string? Session { get; init; }

    public int? ProcessId { get; init; }

    public int CallsInFlight { get; init; }

    public string? Cause { get; init; }

    public int? ExitCode { get; init; }

    public string? Reason { get; init; }
}

internal sealed record ExitView(
    string Instance,
    DateTimeOffset At,
    string Cause,
    int? ExitCode,
    string? Reason
);

/// <summary>What will be done, or would be, and why.</summary>
/// <param name="Diagnostics">The problems in the configuration that was asked about.</param>
internal sealed record PlanView(
    IReadOnlyList<PlannedServerView> Servers,
    IReadOnlyList<DiagnosticView> Diagnostics
);

internal sealed record PlannedServerView(
    string Name,
    string Summary,
    IReadOnlyList<StepView> Steps,
    TroubleView? Trouble,
    DateTimeOffset? WakeAt
);

/// <param name="Action"><c>start</c>, <c>drain</c>, <c>stop</c> or <c>kill</c>.</param>
internal sealed record StepView(string Action, string Instance, string Why);

/// <summary>Which configuration to plan for. Relative paths are the daemon's, so send full ones.
/// </summary>
internal sealed record PlanRequest(IReadOnlyList<string> Paths)
{
    public IReadOnlyList<string> EnvFiles { get; init; } = [];

    public IReadOnlyList<string> SecretsDirectories { get; init; } = [];
}

internal sealed record EventView(
    DateTimeOffset At,
    string Kind,
    string Message,
    string? Server,
    string? Instance
);

internal sealed record LogView(
    DateTimeOffset At,
    string Server,
    string Instance,
    string Source,
    string Text
);

/// <summary>The configuration in force.</summary>
internal sealed record ConfigView(
    string Revision,
    IReadOnlyList<string> Paths,
    int Servers,
    IReadOnlyList<DiagnosticView> Diagnostics
);

internal sealed record DiagnosticView(
    string Severity,
    string File,
    int Line,
    int Column,
    string Code,
    string Problem,
    string Remedy
)
{
    public string? Server { get; init; }
}

/// <summary>A login to a server that runs elsewhere, without any secret.</summary>
/// <param name="State"><c>good</c>, or <c>needs login</c>.</param>
internal sealed record LoginView(
    string Server,
    string? Principal,
    string Issuer,
    IReadOnlyList<string> Scopes,
    DateTimeOffset At,
    DateTimeOffset? ExpiresAt,
    string State
);

/// <summary>A step of a login under way; one of the three is there.</summary>
internal sealed record LoginStepView
{
    /// <summary>What a person is to open in a browser on this machine.</summary>
    public string? Open { get; init; }

    public LoginView? Login { get; init; }

    /// <summary>Why it did not come to a login.</summary>
    public string? Problem { get; init; }
}

/// <summary>Why a request was refused, as RFC 9457 has it.</summary>
/// <param name="Names">The names that exist, when the one asked for does not.</param>
internal sealed record Problem(
    int Status,
    string Title,
    string Detail,
    IReadOnlyList<string>? Names = null
);

/// <param name="Waiting">What is still awaited; empty when ready.</param>
internal sealed record HealthView(string Status, IReadOnlyList<string> Waiting);
