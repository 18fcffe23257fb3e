using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>
/// Every key of Gantry's own format. The one place that says what there is: the parser reads by
/// it, misspelt keys are compared with it, the published schema is made of it.
/// </summary>
internal static class OwnKeys
{
    private const string AsContainer =
        "Start the container as a process: command: docker, args: [run, -i, --rm, IMAGE].";

    public static readonly Key<Placed<string>?> Name = new(
        "name",
        new NameShape(),
        "The name of the server, in a file that holds one: a-z, 0-9 and '-'."
    );
    public static readonly Key<Placed<string>?> Describe = new(
        "description",
        Shapes.Text,
        "What the server is for, for people."
    );
    public static readonly Key<bool> Enabled = new(
        "enabled",
        Shapes.Flag,
        "Whether the server runs at all. Default: true."
    );
    public static readonly Key<RuntimeKind?> Runtime = new(
        "runtime",
        new ChoiceShape<RuntimeKind?>(
            ("process", RuntimeKind.Process),
            ("remote", RuntimeKind.Remote)
        )
        {
            Later =
            [
                ("docker", "run containers", AsContainer),
                ("kubernetes", "run pods", AsContainer),
            ],
        },
        "Where the server runs. process: as a child process of Gantry. remote: elsewhere, at its url. "
            + "Default: what command, package and url say."
    );
    public static readonly Key<Placed<string>?> Command = new(
        "command",
        Shapes.Text,
        "The program to start: a name on the PATH, or a path relative to cwd. No shell is involved."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> Arguments = new(
        "args",
        Shapes.TextList,
        "Its arguments, one each; with a package, they follow the package."
    );
    public static readonly Key<Placed<string>?> Package = new(
        "package",
        Shapes.Text,
        "In place of a command: npm:NAME@VERSION (started with npx) or pypi:NAME==VERSION (with uvx)."
    );
    public static readonly Key<ImmutableArray<KeyValuePair<string, Placed<string>>>> Environment =
        new("env", Shapes.TextMap, "Environment variables of the server.");
    public static readonly Key<Placed<string>?> EnvFile = new(
        "env_file",
        Shapes.Text,
        "A file of NAME=VALUE lines, relative to this one, for the server's environment; env goes before it."
    );
    public static readonly Key<Placed<string>?> Directory = new(
        "cwd",
        Shapes.Text,
        "The working directory, relative to this file. Default: the directory of this file."
    );
    public static readonly Key<StartMode> Start = new(
        "start",
        new ChoiceShape<StartMode>(("eager", StartMode.Eager), ("on_demand", StartMode.OnDemand)),
        "eager: runs always. on_demand: starts with the first call and stops when idle. Default: eager."
    );
    public static readonly Key<Isolation> Isolated = new(
        "isolation",
        new ChoiceShape<Isolation>(
            ("shared", Isolation.Shared),
            ("session", Isolation.Session),
            ("principal", Isolation.Principal)
        ),
        "shared: many clients use one instance. session: each client session has its own. principal: each caller has its own, for all its clients. Default: shared."
    );
    public static readonly Key<Replacement?> Replaced = new(
        "replacement",
        new ChoiceShape<Replacement?>(
            ("recreate", Replacement.Recreate),
            ("surge", Replacement.Surge)
        ),
        "recreate: the old instance ends first. surge: the new one is ready first. "
            + "Default: recreate, but surge for stateless servers, isolation: session or principal, and servers with a url."
    );
    public static readonly Key<bool> Stateless = new(
        "stateless",
        Shapes.Flag,
        "Whether any instance may answer any call. Default: false."
    );
    public static readonly Key<Wanted> Instances = new(
        "instances",
        Shapes.Instances,
        "How many instances, as a number or as min and max. Default: at most 1, or 16 with isolation: session or principal."
    );
    public static readonly Key<TimeSpan> StartupTimeout = new(
        "startup_timeout",
        Shapes.Patience,
        "How long an instance may take to be ready. Default: 30s."
    );
    public static readonly Key<TimeSpan> IdleTimeout = new(
        "idle_timeout",
        Shapes.Patience,
        "How long an on_demand server may be without use before it is stopped. Default: 5m."
    );
    public static readonly Key<TimeSpan> DrainTimeout = new(
        "drain_timeout",
        Shapes.Duration,
        "How long calls in flight may go on once an instance is to stop. Default: 30s."
    );
    public static readonly Key<TimeSpan> StopTimeout = new(
        "stop_timeout",
        Shapes.Duration,
        "How long a polite stop may take before the kill. Default: 5s."
    );
    public static readonly Key<Placed<int>?> Port = new(
        "port",
        Shapes.Port,
        "A port on which Gantry serves this server alone, at /, /sse, /ws and the usual path."
    );

    public static readonly Key<Placed<string>?> Tenant = new(
        "tenant",
        Shapes.Text,
        "Whose it is: nobody else sees it. Default: everybody's."
    );

    public static readonly RuleKeys Tools = new(
        "tools",
        "Which of its tools there are, wherever it is reached.",
        "Tools, as the server names them"
    );

    /// <summary>One server under <c>servers:</c>.</summary>
    public static readonly KeyTable Server = new(
        Describe,
        Enabled,
        Runtime,
        Command,
        Arguments,
        Package,
        Environment,
        EnvFile,
        Directory,
        RemoteKeys.Url,
        RemoteKeys.Transport,
        RemoteKeys.Headers,
        AuthKeys.Auth,
        RemoteKeys.Tls,
        RemoteKeys.Socket,
        RemoteKeys.ConnectTimeout,
        RemoteKeys.RequestTimeout,
        RemoteKeys.ForwardAuthorization,
        Start,
        Isolated,
        Replaced,
        Stateless,
        Instances,
        StartupTimeout,
        IdleTimeout,
        DrainTimeout,
        StopTimeout,
        Port,
        FlowKeys.MaxConcurrency,
        FlowKeys.MaxQueue,
        FlowKeys.QueueTimeout,
        FlowKeys.Results,
        FlowKeys.Cache,
        Tools.Block,
        Tenant,
        Key.Idle("health_check", "How to tell whether it is well. Not acted upon yet."),
        Key.Idle("resources", "What it may use at most. Not acted upon yet."),
        Key.Later("image", "run containers", AsContainer),
        Key.Later("target_port", "run servers that listen on a port", "Remove it.")
    );

    private static readonly Key<Placed<string>?> s_schema = new(
        "$schema",
        Shapes.Text,
        "The schema of this file, for editors."
    );

    /// <summary>A file that is one server.</summary>
    public static readonly KeyTable ServerFile = Server.With(s_schema, Name);

    public static readonly Key<Node.Mapping?> Gateway = new(
        "gateway",
        new BlockShape(GatewayKeys.Table),
        "How the servers are reached, and by whom."
    );
    public static readonly Key<Node.Mapping?> Servers = new(
        "servers",
        new ServersShape("server"),
        "The servers, by name."
    );
    public static readonly Key Policy = Key.Later(
        "policy",
        "enforce a policy",
        "Remove it, and limit what may run by other means; until then the servers of this file do not start."
    );

    /// <summary>A file of many servers.</summary>
    public static readonly KeyTable Document = new(
        s_schema,
        Runtime,
        Servers,
        Gateway,
        GroupKeys.Groups,
        Policy,
        Key.Later(
            "sources",
            "fetch servers from Git",
            "Clone it, and name the directory after 'gantry up'."
        )
    );
}

/// <summary>The runtimes that a file may name.</summary>
internal enum RuntimeKind
{
    Process,
    Remote,
}
