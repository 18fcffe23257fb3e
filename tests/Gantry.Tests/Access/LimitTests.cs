using Xunit;

namespace Gantry.Access;

public sealed class LimitTests
{
    private readonly FakeClock _clock = new();

    [Theory]
    [InlineData("100/s", 100, 1)]
    [InlineData("60/m", 60, 60)]
    [InlineData("1/h", 1, 3600)]
    public void A_rate_is_a_number_per_unit(string text, int count, int seconds)
    {
        Assert.Equal(new Rate(count, TimeSpan.FromSeconds(seconds)), Rate.Parse(text));
        Assert.Equal(text, Rate.Parse(text)?.ToString());
    }

    [Theory]
    [InlineData("0/s")]
    [InlineData("100")]
    [InlineData("-1/s")]
    [InlineData("1/d")]
    [InlineData("1.5/s")]
    [InlineData("99999999/s")]
    public void Anything_else_is_none(string text) => Assert.Null(Rate.Parse(text));

    [Fact]
    public void A_rate_lets_through_a_periods_worth_and_then_says_how_long_to_wait()
    {
        var budget = new Budget(new(Rate.Parse("4/s"), null), _clock);

        Assert.All(Enumerable.Range(0, 4), _ => Assert.Null(budget.Take(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(250), budget.Take(1)?.RetryAfter);
        _clock.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Null(budget.Take(1));
        Assert.NotNull(budget.Take(1));
    }

    [Fact]
    public void A_rate_saves_up_no_more_than_one_period()
    {
        var budget = new Budget(new(Rate.Parse("2/s"), null), _clock);
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Null(budget.Take(2));
        Assert.NotNull(budget.Take(1));
    }

    [Fact]
    public void More_than_a_period_holds_is_taken_when_it_is_full()
    {
        var budget = new Budget(new(Rate.Parse("2/s"), null), _clock);

        Assert.Null(budget.Take(10));
        Assert.NotNull(budget.Take(1));
    }

    [Fact]
    public void So_many_at_a_time_and_the_next_when_one_is_done()
    {
        var budget = new Budget(new(null, 2), _clock);

        Assert.Null(budget.Enter());
        Assert.Null(budget.Enter());
        Assert.Equal("limit of 2 at a time", budget.Enter()?.Limit);
        budget.Leave();

        Assert.Null(budget.Enter());
    }

    [Fact]
    public void What_a_tenant_may_not_costs_its_callers_nothing()
    {
        var tenants = new Budget(new(null, 1), _clock);
        var own = new Budget(new(null, 1), _clock);
        var first = new Admission(Principal.Local, new(Limits.None, _clock), tenants, default);
        var second = new Admission(Principal.Local, own, tenants, default);

        Assert.Null(first.Enter());
        Assert.NotNull(second.Enter());
        first.Leave();

        Assert.Null(second.Enter());
    }

    [Fact]
    public void Guessing_becomes_slower_with_each_guess_and_never_slower_than_the_longest()
    {
        var lockout = new Lockout(2, TimeSpan.FromSeconds(10), _clock);

        var penalties = Enumerable
            .Range(0, 8)
            .Select(guess => lockout.Fail("a", guess).TotalSeconds);

        Assert.Equal([0, 0, 1, 2, 4, 8, 10, 10], penalties);
        Assert.Equal(TimeSpan.FromSeconds(10), lockout.Left("a"));
        Assert.Equal(TimeSpan.Zero, lockout.Left("b"));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.Zero, lockout.Left("a"));
    }

    [Fact]
    public void The_same_wrong_thing_again_is_no_guess()
    {
        var lockout = new Lockout(2, TimeSpan.FromSeconds(10), _clock);

        Assert.All(
            Enumerable.Range(0, 100),
            _ => Assert.Equal(TimeSpan.Zero, lockout.Fail("a", 7))
        );
    }

    [Fact]
    public void Who_is_quiet_for_long_or_right_once_starts_afresh()
    {
        var lockout = new Lockout(1, TimeSpan.FromHours(1), _clock);
        lockout.Fail("a", 1);
        lockout.Fail("b", 1);

        lockout.Forgive("a");
        Assert.Equal(TimeSpan.Zero, lockout.Fail("a", 2));
        _clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(TimeSpan.Zero, lockout.Fail("b", 2));
    }

    [Fact]
    public void Only_so_many_are_remembered()
    {
        var lockout = new Lockout(0, TimeSpan.FromHours(1), _clock);

        for (var who = 0; who <= Lockout.MaxRemembered; who++)
        {
            lockout.Fail($"{who}", 1);
        }

        Assert.Equal(TimeSpan.Zero, lockout.Left("0"));
        Assert.NotEqual(TimeSpan.Zero, lockout.Left("1"));
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "acme", true)]
    [InlineData("acme", null, true)]
    [InlineData("acme", "acme", true)]
    [InlineData("acme", "other", false)]
    public void A_tenant_sees_its_own_servers_and_everybodys(
        string? tenant,
        string? owner,
        bool sees
    ) => Assert.Equal(sees, Tenancy.Of(tenant).Sees(owner));

    [Fact]
    public void Nobody_sees_only_what_is_everybodys()
    {
        Assert.True(Tenancy.Nobody.Sees(null));
        Assert.False(Tenancy.Nobody.Sees("acme"));
    }
}
