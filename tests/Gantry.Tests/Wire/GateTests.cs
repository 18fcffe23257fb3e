using Xunit;

namespace Gantry.Wire;

public sealed class GateTests
{
    [Fact]
    public void A_closed_gate_lets_nobody_in_and_tells_the_last_who_leaves()
    {
        var gate = new Gate();
        Assert.True(gate.TryEnter());
        Assert.True(gate.TryEnter());

        Assert.False(gate.Close());

        Assert.False(gate.TryEnter());
        Assert.Equal(2, gate.CallsInside);
        Assert.False(gate.Leave());
        Assert.True(gate.Leave());
    }

    [Fact]
    public void Closing_an_empty_gate_leaves_nobody_to_wait_for() =>
        Assert.True(new Gate().Close());

    [Fact(Timeout = 60_000)]
    public async Task Under_contention_exactly_one_is_the_last()
    {
        for (var round = 0; round < 100; round++)
        {
            var gate = new Gate();
            var lasts = 0;
            var workers = Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        while (gate.TryEnter())
                        {
                            if (gate.Leave())
                            {
                                Interlocked.Increment(ref lasts);
                            }
                        }
                    })
                );
            var working = Task.WhenAll(workers);
            await Task.Yield();
            if (gate.Close())
            {
                Interlocked.Increment(ref lasts);
            }

            await working;
            Assert.Equal((1, 0), (lasts, gate.CallsInside));
        }
    }
}
