using Gantry.Runtimes;
using Xunit;
using static Gantry.Weather;

namespace Gantry.Planning;

public sealed class BackoffTests
{
    [Fact]
    public void It_doubles_to_five_minutes_give_or_take_a_fifth()
    {
        double[] expected = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300];

        for (var failures = 1; failures <= expected.Length; failures++)
        {
            var exits = Enumerable.Repeat(Crash(0), failures);
            var delay =
                (Backoff.From(Name, exits).Until - Now).TotalSeconds / expected[failures - 1];
            Assert.InRange(delay, 0.8, 1.2);
        }
    }

    [Fact]
    public void Servers_that_fail_together_do_not_come_back_together()
    {
        var delays = Enumerable
            .Range(1, 100)
            .Select(n => Backoff.From(Config.ServerName.Parse($"s{n}"), [Crash(0)]).Until)
            .ToHashSet();

        Assert.InRange(delays.Count, 95, 100);
        Assert.InRange((delays.Max() - delays.Min()).TotalSeconds, 0.3, 0.4);
    }

    [Fact]
    public void What_it_was_asked_to_do_is_no_failure()
    {
        Assert.Equal(0, Backoff.From(Name, [Crash(9) with { Cause = Cause.Asked }]).Failures);
    }

    [Fact]
    public void A_long_run_is_forgiveness_even_when_it_ends_badly()
    {
        Assert.Equal(
            3,
            Backoff.From(Name, [Crash(9), Crash(8, readySeconds: 299), Crash(7)]).Failures
        );
        Assert.Equal(
            2,
            Backoff.From(Name, [Crash(9), Crash(8, readySeconds: 300), Crash(7)]).Failures
        );
    }

    [Fact]
    public void An_instance_that_runs_well_clears_the_record()
    {
        var three = V1 with { Spec = V1.Spec with { Instances = new(2, 2) } };
        var facts = Facts(three, Ready("a", age: 299)) with { Exits = [Crash(0)] };

        Assert.Empty(Planner.Make(facts).Steps);
        Assert.Single(Planner.Make(facts with { Observed = [Ready("a", age: 300)] }).Steps);
    }

    [Fact]
    public void Only_exits_of_this_version_since_the_operator_spoke_count()
    {
        var facts = Facts(V1) with { Exits = [Crash(1), Crash(0)] };

        Assert.Empty(Planner.Make(facts).Steps);
        Assert.Single(Planner.Make(facts with { Desired = V2 }).Steps);
        Assert.Single(Planner.Make(facts with { Intent = new(1, false, Now.AddSeconds(1)) }).Steps);
    }

    [Fact]
    public void From_five_failures_on_it_is_a_crash_loop_with_cause_and_remedy()
    {
        var facts = Facts(V1) with { Exits = [.. Enumerable.Repeat(Crash(0), 5)] };

        Assert.Equal(
            "It failed 5 times in a row, the last time: weather-"
                + $"{V1.Hash.Value[..6]}-1 crashed (exit code 1): no such file. "
                + "`gantry logs weather` shows what it wrote; "
                + "`gantry restart weather` tries again at once.",
            Planner.Make(facts).Trouble?.Message
        );
        Assert.Equal(TroubleKind.CrashLoop, Planner.Make(facts).Trouble?.Kind);
    }

    [Fact]
    public void An_exit_from_the_future_does_not_hold_a_server_for_ever()
    {
        Assert.Single(Planner.Make(Facts(V1) with { Exits = [Crash(-1_000_000)] }).Steps);
    }

    [Fact]
    public void One_sessions_crash_does_not_hold_up_another_but_a_version_that_never_starts_does()
    {
        var desired = Version(
            "v1",
            spec => spec with { Isolation = Config.Isolation.Session, Instances = new(0, 16) }
        );
        var crash = Crash(0, desired) with { Instance = InstanceId.Of(desired, "one") };
        var facts = Facts(desired) with { Exits = [crash], Demand = new(0, Now, ["one", "two"]) };

        Assert.Equal(
            InstanceId.Of(desired, "two"),
            Assert.Single(Planner.Make(facts).Steps).Instance
        );
        Assert.Empty(
            Planner.Make(facts with { Exits = [crash with { Cause = Cause.NeverReady }] }).Steps
        );
    }
}
