using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;

namespace Gantry;

/// <summary>One server, and instances of it, to test with.</summary>
internal static class Weather
{
    public static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly ServerName Name = ServerName.Parse("weather");

    public static Desired V1 { get; } = Version("v1");

    public static Desired V2 { get; } = Version("v2");

    public static Desired Version(string version, Func<ServerSpec, ServerSpec>? change = null) =>
        Server(Name, version, change);

    public static Desired Server(
        ServerName name,
        string version = "v1",
        Func<ServerSpec, ServerSpec>? change = null
    )
    {
        var spec = new ServerSpec(
            name,
            new ProcessSpec(new("node"), [new($"{version}.js")], "/"),
            new("gantry.yaml", 1, 1)
        );
        return Desired.Of(change is null ? spec : change(spec), "key"u8);
    }

    /// <param name="id">Its short name: <c>a</c> stands for an id that no plan would make up.</param>
    public static Instance In(Phase phase, string id, Desired? desired = null, int age = 60) =>
        new(new(id), Name, (desired ?? V1).Hash, 0, phase, Now.AddSeconds(-age))
        {
            StartedAt = Now.AddSeconds(-age),
            ReadyAt = phase is Phase.Starting ? null : Now.AddSeconds(-age),
            LastUse = Now.AddSeconds(-age),
            StopPolicy = StopPolicy.Of((desired ?? V1).Spec),
        };

    public static Instance Ready(string id, Desired? desired = null, int age = 60) =>
        In(Phase.Ready, id, desired, age);

    public static Instance Starting(string id, Desired? desired = null, int age = 5) =>
        In(Phase.Starting, id, desired, age);

    public static Exit Crash(int secondsAgo, Desired? desired = null, int readySeconds = 0) =>
        new(
            InstanceId.Of(desired ?? V1, 1),
            (desired ?? V1).Hash,
            Now.AddSeconds(-secondsAgo),
            Cause.Crashed,
            1,
            TimeSpan.FromSeconds(readySeconds),
            "no such file."
        );

    public static Facts Facts(Desired? desired, params Instance[] observed) =>
        new(desired, Intent.Default, [.. observed], [], Demand.None, Now);

    /// <summary>The id that the planner gives, without the hash, to read well in a test.</summary>
    public static string Text(Plan plan) =>
        plan.ToString()
            .Replace(V1.Hash.Value[..6], "v1", StringComparison.Ordinal)
            .Replace(V2.Hash.Value[..6], "v2", StringComparison.Ordinal);
}
