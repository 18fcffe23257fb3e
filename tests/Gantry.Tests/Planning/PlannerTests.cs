using Gantry.Config;
using Gantry.Runtimes;
using Xunit;
using static Gantry.Weather;

namespace Gantry.Planning;

public sealed class PlannerTests
{
    private static readonly Desired s_surge = Version(
        "v1",
        spec => spec with { Replacement = Replacement.Surge }
    );

    private static readonly Desired s_surge2 = Version(
        "v2",
        spec => spec with { Replacement = Replacement.Surge }
    );

    private static readonly Desired s_onDemand = Version(
        "v1",
        spec => spec with { Start = StartMode.OnDemand }
    );

    private static readonly Desired s_bySession = Version(
        "v1",
        spec => spec with { Isolation = Isolation.Session, Instances = new(0, 16) }
    );

    [Fact]
    public void An_eager_server_is_started_and_then_left_alone()
    {
        Assert.Equal("start weather-v1-1: not running", Text(Facts(V1)));
        Assert.Equal("", Text(Facts(V1, Starting("a"))));
        Assert.Equal("", Text(Facts(V1, Ready("a"))));
    }

    [Fact]
    public void An_on_demand_server_starts_with_the_first_call()
    {
        Assert.Equal("", Text(Facts(s_onDemand)));
        Assert.Equal(
            "start weather-v1-1: a call waits",
            Text(Facts(s_onDemand) with { Demand = new(1, Now, []) })
        );
    }

    [Fact]
    public void An_on_demand_server_stops_when_idle_and_never_with_a_call_in_flight()
    {
        var used = Ready("a", s_onDemand, age: 299);
        var idle = Ready("a", s_onDemand, age: 300);

        Assert.Equal("", Text(Facts(s_onDemand, used)));
        Assert.Equal(Now.AddSeconds(1), Planner.Make(Facts(s_onDemand, used)).WakeAt);
        Assert.Equal("drain a: idle for 5 min", Text(Facts(s_onDemand, idle)));
        Assert.Equal("", Text(Facts(s_onDemand, idle with { CallsInFlight = 1 })));
    }

    [Fact]
    public void An_idle_drain_does_not_fit_once_a_call_is_in_flight()
    {
        var idle = Ready("a", s_onDemand, age: 300);

        var drain = Assert.Single(Planner.Make(Facts(s_onDemand, idle)).Steps);

        Assert.True(drain.Fits([idle]));
        Assert.False(drain.Fits([idle with { CallsInFlight = 1 }]));
        Assert.False(drain.Fits([idle with { StartedAt = Now }]));
        Assert.False(drain.Fits([idle with { Phase = Phase.Stopping }]));
    }

    [Fact]
    public void Recreate_drains_the_old_version_before_it_starts_the_new_one()
    {
        var leaving = Ready("a") with { Phase = Phase.Draining, Reason = "config changed" };

        Assert.Equal("drain a: config changed", Text(Facts(V2, Ready("a"))));
        Assert.Equal("stop a: config changed", Text(Facts(V2, leaving)));
        Assert.Equal("", Text(Facts(V2, In(Phase.Stopping, "a", age: 1))));
        Assert.Equal("start weather-v2-1: not running", Text(Facts(V2, In(Phase.Exited, "a"))));
    }

    [Fact]
    public void A_recreated_server_does_not_start_beside_what_the_plan_did_not_see()
    {
        var start = Assert.Single(Planner.Make(Facts(V2)).Steps);

        Assert.True(start.Fits([In(Phase.Exited, "a")]));
        Assert.False(start.Fits([In(Phase.Stopping, "a")]));
        Assert.False(start.Fits([Starting(start.Instance.Value, V2)]));
    }

    [Fact]
    public void Surge_keeps_the_old_version_until_the_new_one_is_ready()
    {
        Assert.Equal("start weather-v2-1: config changed", Text(Facts(s_surge2, Ready("a"))));
        Assert.Equal("", Text(Facts(s_surge2, Ready("a"), Starting("b", V2))));
        Assert.Equal("drain a: config changed", Text(Facts(s_surge2, Ready("a"), Ready("b", V2))));
    }

    [Fact]
    public void A_surge_drain_does_not_fit_when_its_successor_died_meanwhile()
    {
        var drain = Assert.Single(Planner.Make(Facts(s_surge2, Ready("a"), Ready("b", V2))).Steps);

        Assert.True(drain.Fits([Ready("a"), Ready("b", V2)]));
        Assert.False(drain.Fits([Ready("a"), In(Phase.Exited, "b", V2)]));
    }

    [Fact]
    public void A_new_version_that_never_becomes_ready_leaves_the_old_one_serving()
    {
        var stuck = Starting("b", V2, age: 31);

        Assert.Equal(
            "stop b: not ready within the 30 s it was given",
            Text(Facts(s_surge2, Ready("a"), stuck))
        );
        Assert.Equal("", Text(Facts(s_surge2, Ready("a")) with { Exits = [Crash(0, V2)] }));
    }

    [Fact]
    public void A_stale_instance_that_is_only_starting_is_stopped_at_once()
    {
        Assert.Equal(
            "stop a: config changed",
            Text(Facts(s_surge2, Starting("a"), Ready("b", V2)))
        );
    }

    [Fact]
    public void A_surge_with_three_goes_one_by_one()
    {
        var three = s_surge2 with { Spec = s_surge2.Spec with { Instances = new(3, 3) } };

        Assert.Equal(
            "start weather-v2-1: config changed",
            Text(Facts(three, Ready("a"), Ready("b"), Ready("c")))
        );
        Assert.Equal(
            "drain c: config changed",
            Text(Facts(three, Ready("a"), Ready("b"), Ready("c"), Ready("d", V2)))
        );
        Assert.Equal(
            "",
            Text(
                Facts(
                    three,
                    Ready("a"),
                    Ready("b"),
                    In(Phase.Draining, "c", age: 0) with
                    {
                        CallsInFlight = 1,
                    },
                    Ready("d", V2)
                )
            )
        );
    }

    [Fact]
    public void A_restart_replaces_what_an_earlier_generation_started()
    {
        var facts = Facts(s_surge, Ready("a", s_surge)) with { Intent = new(1, false, Now) };

        Assert.Equal("start weather-v1-1: restart asked", Text(facts));
        Assert.Equal("drain a: restart asked", Text(facts with { Desired = V1 }));
    }

    [Fact]
    public void Scaling_up_starts_what_is_missing_under_the_smallest_free_names()
    {
        var three = V1 with { Spec = V1.Spec with { Instances = new(3, 3) } };
        var second = Ready(InstanceId.Of(V1, 2).Value);

        Assert.Equal(
            "start weather-v1-1: 1 of 3 running\nstart weather-v1-3: 1 of 3 running",
            Text(Facts(three, second))
        );
    }

    [Fact]
    public void Scaling_down_takes_what_is_starting_and_then_the_newest()
    {
        Assert.Equal(
            "drain c: scaled down to 1\nstop a: scaled down to 1",
            Text(Facts(V1, Starting("a", age: 20), Ready("b", age: 20), Ready("c", age: 10)))
        );
    }

    [Fact]
    public void Who_drains_is_stopped_when_unused_or_out_of_time_and_who_stops_is_killed()
    {
        var drains = Ready("a") with
        {
            Phase = Phase.Draining,
            Deadline = Now.AddSeconds(1),
            CallsInFlight = 2,
            Reason = "removed from config",
        };

        Assert.Equal("", Text(Facts(null, drains)));
        Assert.Equal(Now.AddSeconds(1), Planner.Make(Facts(null, drains)).WakeAt);
        Assert.Equal(
            "stop a: removed from config",
            Text(Facts(null, drains with { CallsInFlight = 0 }))
        );
        Assert.Equal(
            "stop a: removed from config; 2 calls cut off after 30 s",
            Text(Facts(null, drains with { Deadline = Now }))
        );
        Assert.Equal(
            "kill a: still there 5 s after it was asked to leave",
            Text(Facts(V1, drains with { Phase = Phase.Stopping, Deadline = Now }))
        );
    }

    [Fact]
    public void Every_reason_to_leave_is_named()
    {
        var facts = Facts(V1, Ready("a"));

        Assert.Equal("drain a: removed from config", Text(facts with { Desired = null }));
        Assert.Equal("drain a: shutting down", Text(facts with { ShuttingDown = true }));
        Assert.Equal(
            "drain a: stopped by the operator",
            Text(facts with { Intent = new(0, true, Now) })
        );
    }

    [Fact]
    public void A_stopped_server_says_how_to_start_it()
    {
        var trouble = Planner.Make(Facts(V1) with { Intent = new(0, true, Now) }).Trouble;

        Assert.Equal(TroubleKind.Paused, trouble?.Kind);
        Assert.Contains("`gantry start weather`", trouble?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_session_has_an_instance_as_long_as_it_lasts()
    {
        var mine = Ready("weather-x-sone", s_bySession) with { Session = "one" };

        Assert.Equal("", Text(Facts(s_bySession)));
        Assert.Equal(
            $"start {InstanceId.Of(s_bySession, "two")}: session opened",
            Text(Facts(s_bySession, mine) with { Demand = new(0, Now, ["one", "two"]) })
        );
        Assert.Equal("drain weather-x-sone: session ended", Text(Facts(s_bySession, mine)));
    }

    [Fact]
    public void Sessions_beyond_the_bound_wait_and_are_told_so()
    {
        var one = s_bySession with { Spec = s_bySession.Spec with { Instances = new(0, 1) } };
        Assert.Equal(
            $"start {InstanceId.Of(one, "a")}: session opened",
            Text(Facts(one) with { Demand = new(0, Now, ["a", "b"]) })
        );

        var two = s_bySession with { Spec = s_bySession.Spec with { Instances = new(0, 2) } };
        var mine = Ready("z", s_bySession) with { Session = "z" };

        var plan = Planner.Make(Facts(two, mine) with { Demand = new(0, Now, ["a", "b", "z"]) });

        Assert.Equal($"start {InstanceId.Of(two, "a")}: session opened", plan.ToString());
        Assert.Equal(TroubleKind.Full, plan.Trouble?.Kind);
    }

    [Fact]
    public void Demand_does_not_cut_a_back_off_short()
    {
        var facts = Facts(V1) with { Exits = [Crash(0)], Demand = new(1, Now, []) };

        var plan = Planner.Make(facts);

        Assert.Empty(plan.Steps);
        Assert.Equal(TroubleKind.Backoff, plan.Trouble?.Kind);
        Assert.Equal(plan.WakeAt, plan.Trouble?.RetryAt);
    }

    [Fact]
    public void A_generous_timeout_does_not_run_past_the_end_of_time()
    {
        var patient = s_onDemand with
        {
            Spec = s_onDemand.Spec with
            {
                IdleTimeout = TimeSpan.MaxValue,
                StartupTimeout = TimeSpan.MaxValue,
            },
        };

        Assert.Equal(
            "",
            Text(Facts(patient, Starting("a", patient)) with { Demand = new(0, Now, []) })
        );
    }

    private static string Text(Facts facts) => Weather.Text(Planner.Make(facts));
}
