using Gantry.Config;
using Gantry.Runtimes;
using Xunit;
using static Gantry.Weather;

namespace Gantry.Planning;

/// <summary>Servers with an instance for each principal.</summary>
public sealed class PrincipalTests
{
    private static readonly Desired s_desired = Room(16);

    [Fact]
    public void An_instance_starts_with_its_principals_first_call_and_with_nothing_else()
    {
        Assert.Equal("", Planner.Make(Facts(s_desired)).ToString());
        Assert.Equal(
            $"start {Id("ann")}: a call of its caller waits",
            Planner.Make(Facts(s_desired) with { Demand = Waiting("ann") }).ToString()
        );
        Assert.Equal(
            $"start {Id("bob")}: a call of its caller waits",
            Planner.Make(Facts(s_desired, Of("ann")) with { Demand = Waiting("bob") }).ToString()
        );
    }

    [Fact]
    public void It_stays_while_it_is_used_and_ends_when_it_was_idle_for_long_enough()
    {
        var used = Of("ann", age: 299);
        var idle = Of("ann", age: 300);

        Assert.Equal("", Planner.Make(Facts(s_desired, used)).ToString());
        Assert.Equal(Now.AddSeconds(1), Planner.Make(Facts(s_desired, used)).WakeAt);
        Assert.Equal(
            $"drain {Id("ann")}: its caller does not use it",
            Planner.Make(Facts(s_desired, idle)).ToString()
        );
        Assert.Equal(
            "",
            Planner.Make(Facts(s_desired, idle with { CallsInFlight = 1 })).ToString()
        );
        Assert.Equal(
            "",
            Planner.Make(Facts(s_desired, idle) with { Demand = Waiting("ann") }).ToString()
        );
    }

    [Fact]
    public void One_that_nobody_uses_just_now_makes_room_and_one_in_use_does_not()
    {
        var one = Room(1);
        var idle = Of("ann", age: 10, one);

        var making = Planner.Make(Facts(one, idle) with { Demand = Waiting("bob") });
        var full = Planner.Make(
            Facts(one, idle with { CallsInFlight = 1 }) with
            {
                Demand = Waiting("bob"),
            }
        );

        Assert.StartsWith($"drain {Id("ann", one)}", making.ToString(), StringComparison.Ordinal);
        Assert.Null(making.Trouble);
        Assert.Equal("", full.ToString());
        Assert.Equal(TroubleKind.Full, full.Trouble?.Kind);
    }

    private static Desired Room(int most) =>
        Version(
            "v1",
            spec =>
                spec with
                {
                    Isolation = Isolation.Principal,
                    Replacement = Replacement.Surge,
                    Instances = new(0, most),
                }
        );

    private static Demand Waiting(string principal) => new(1, Now, []) { Principals = [principal] };

    private static Instance Of(string principal, int age = 60, Desired? desired = null) =>
        Ready(Id(principal, desired), desired ?? s_desired, age) with
        {
            Session = principal,
        };

    private static string Id(string principal, Desired? desired = null) =>
        InstanceId.Of(desired ?? s_desired, principal).Value;
}
