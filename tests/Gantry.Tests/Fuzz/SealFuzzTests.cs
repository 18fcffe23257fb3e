using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Gantry.Gateway.Modern;
using Xunit;

namespace Gantry.Fuzz;

/// <summary>What clients bring back of what was sealed for them.</summary>
public sealed class SealFuzzTests
{
    private const string Caller = "somebody at echo";

    private static readonly DateTimeOffset s_now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_seal_that_was_changed_never_opens()
    {
        var seal = new StateSeal(new byte[32]);
        var other = new StateSeal([.. Enumerable.Repeat((byte)1, 32)]);
        Fuzzer
            .Make()
            .Run(
                8_000,
                one =>
                {
                    var ticket = Guid.NewGuid();
                    var state = seal.Seal(ticket, s_now, Caller);
                    var damaged = Damage.Once(Encoding.UTF8.GetBytes(state), one.Dice);
                    var changed = one.Note(Encoding.UTF8.GetString(damaged));

                    Assert.Equal(ticket, seal.Open(state, Caller, s_now));
                    Assert.Equal(
                        IsSame(state, changed),
                        seal.Open(changed, Caller, s_now) is not null
                    );
                    Assert.Null(seal.Open(state, Caller + Pieces.Pick(one.Dice, " ", "x"), s_now));
                    Assert.Null(seal.Open(state, Caller, s_now.AddMilliseconds(1)));
                    Assert.Null(other.Open(state, Caller, s_now));
                }
            );
    }

    [Fact]
    public void The_bits_that_the_last_letter_does_not_use_are_no_way_in()
    {
        var seal = new StateSeal(new byte[32]);
        var state = seal.Seal(Guid.NewGuid(), s_now, Caller);

        foreach (var last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        {
            if (last != state[^1])
            {
                Assert.Null(seal.Open(state[..^1] + last, Caller, s_now));
            }
        }
    }

    // Blanks between its letters say nothing.
    private static bool IsSame(string state, string changed) =>
        Bytes(state) is { } one && Bytes(changed) is { } other && one.SequenceEqual(other);

    private static byte[]? Bytes(string state)
    {
        const string Prefix = "gantry1.";
        var bytes = new byte[state.Length];
        return
            state.StartsWith(Prefix, StringComparison.Ordinal)
            && Base64Url.DecodeFromChars(state.AsSpan(Prefix.Length), bytes, out _, out var length)
                is OperationStatus.Done
            ? bytes[..length]
            : null;
    }
}
