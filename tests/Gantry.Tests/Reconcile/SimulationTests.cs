using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Xunit;

namespace Gantry.Reconcile;

/// <summary>
/// Lets a runtime misbehave at random and checks, at every step and in what is really there, what
/// must never happen, and at the end, what must always happen. The seed is the test name: a red
/// run can be replayed.
/// </summary>
public sealed class SimulationTests
{
    private const int Steps = 250;

    public static IEnumerable<TheoryDataRow<int>> Seeds =>
        Enumerable.Range(1, 300).Select(seed => new TheoryDataRow<int>(seed));

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Seeds))]
    public async Task Every_run_converges_and_never_does_harm_on_the_way(int seed)
    {
        var world = new World(seed);
        for (var step = 0; step < Steps; step++)
        {
            world.ChangeItsMind();
            await world.PassAsync(TestContext.Current.CancellationToken);
            world.LetTimePass();
        }

        await world.CalmDownAsync(TestContext.Current.CancellationToken);
        world.AssertConverged();
        world.AssertEachFactWasToldOnce();
    }
}
