using Gantry.Config;
using Gantry.Runtimes;
using Xunit;

namespace Gantry.Reconcile;

public sealed class StartSlotsTests
{
    private readonly StartSlots _slots = new(2);
    private readonly List<string> _woken = [];

    [Fact]
    public void No_more_than_the_limit_start_at_a_time_and_the_first_in_the_queue_is_next()
    {
        Assert.True(Wants("a"));
        Assert.True(Wants("b"));
        Assert.False(Wants("c"));
        Assert.False(Wants("d"));

        Leaves("a");

        Assert.Equal(["c"], _woken);
        Assert.True(Wants("c"));
        Assert.False(Wants("d"));
    }

    [Fact]
    public void A_start_that_a_call_waits_for_goes_first()
    {
        Assert.True(Wants("a"));
        Assert.True(Wants("b"));
        Assert.False(Wants("c"));
        Assert.False(Wants("d", somebodyWaits: true));

        Leaves("a");
        Assert.Equal(["d"], _woken);
    }

    [Fact]
    public void Who_asks_again_keeps_its_turn()
    {
        Assert.True(Wants("a"));
        Assert.True(Wants("b"));
        Assert.False(Wants("c"));
        Assert.False(Wants("d"));
        Assert.False(Wants("c"));

        Leaves("b");
        Assert.Equal(["c"], _woken);
    }

    [Fact]
    public void A_slot_is_held_while_its_instance_is_starting_and_no_longer()
    {
        Assert.True(Wants("a"));
        IsStarting("a");
        Assert.True(Wants("b"));
        Assert.False(Wants("c"));

        Leaves("a");
        Assert.True(Wants("c"));
    }

    [Fact]
    public void What_is_starting_counts_although_it_never_asked()
    {
        IsStarting("a");
        IsStarting("b");
        IsStarting("c");

        Assert.False(Wants("d"));
        Leaves("a");
        Assert.Empty(_woken);
        Leaves("b");
        Assert.Equal(["d"], _woken);
    }

    [Fact]
    public void Who_was_woken_and_has_changed_its_mind_passes_the_slot_on()
    {
        Assert.True(Wants("a"));
        Assert.True(Wants("b"));
        Assert.False(Wants("c"));
        Assert.False(Wants("d"));
        Leaves("a");

        Leaves("c");

        Assert.Equal(["c", "d"], _woken);
    }

    private bool Wants(string server, bool somebodyWaits = false) =>
        Claim(server, new([], [new(server)], somebodyWaits, () => _woken.Add(server)));

    private void IsStarting(string server) =>
        Claim(server, new([new(server)], [], false, () => _woken.Add(server)));

    private void Leaves(string server) => Claim(server, StartClaim.None);

    private bool Claim(string server, StartClaim claim) =>
        _slots.Claim(ServerName.Parse(server), claim).Contains(new InstanceId(server));
}
