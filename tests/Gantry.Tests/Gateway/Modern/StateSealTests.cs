using Xunit;

namespace Gantry.Gateway.Modern;

public sealed class StateSealTests
{
    [Fact]
    public void Many_seal_and_open_at_once()
    {
        var seal = StateSeal.Fleeting();
        var until = DateTimeOffset.UnixEpoch.AddYears(100);

        Parallel.For(
            0,
            20_000,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            number =>
            {
                var ticket = Guid.NewGuid();
                var caller = $"caller {number}";
                var state = seal.Seal(ticket, until, caller);
                Assert.Equal(ticket, seal.Open(state, caller, DateTimeOffset.UnixEpoch));
            }
        );
    }
}
