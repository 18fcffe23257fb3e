using System.Text;
using Xunit;

namespace Gantry.Gateway.Replicas;

public sealed class SealRingTests
{
    private static readonly byte[] s_old = Bytes("the old secret");
    private static readonly byte[] s_new = Bytes("the new secret");
    private static readonly byte[] s_body = Bytes("what is sealed");
    private static readonly byte[] s_context = Bytes("where");

    [Fact]
    public void What_one_ring_seals_another_with_the_same_secret_opens()
    {
        var text = new SealRing([s_old]).Seal(s_body, s_context);

        Assert.Equal(s_body, new SealRing([s_old]).Open(text, s_context));
    }

    [Fact]
    public void Nobody_else_reads_or_opens_it()
    {
        var text = new SealRing([s_old]).Seal(s_body, s_context);

        Assert.Null(new SealRing([s_new]).Open(text, s_context));
        Assert.Null(new SealRing([s_old]).Open(text, Bytes("elsewhere")));
        Assert.Matches("^[A-Za-z0-9_-]+$", text);
        Assert.NotEqual(text, new SealRing([s_old]).Seal(s_body, s_context));
    }

    [Fact]
    public void A_secret_is_changed_in_two_steps_during_which_both_sides_understand_each_other()
    {
        var before = new SealRing([s_old]);
        var between = new SealRing([s_new, s_old]);
        var behind = new SealRing([s_old, s_new]);
        var after = new SealRing([s_new]);

        Assert.Equal(s_body, between.Open(before.Seal(s_body, s_context), s_context));
        Assert.Equal(s_body, behind.Open(between.Seal(s_body, s_context), s_context));
        Assert.Equal(s_body, between.Open(behind.Seal(s_body, s_context), s_context));
        Assert.Equal(s_body, after.Open(between.Seal(s_body, s_context), s_context));
        Assert.Null(after.Open(before.Seal(s_body, s_context), s_context));
    }

    [Fact]
    public void Whatever_is_changed_in_it_it_does_not_open()
    {
        var ring = new SealRing([s_old]);
        var text = ring.Seal(s_body, s_context);
        for (var at = 0; at < text.Length; at++)
        {
            foreach (var letter in (char[])[text[at] is 'A' ? 'Q' : 'A', '!', '\u00e9'])
            {
                // The last letter has bits to spare, which mean nothing.
                var changed = text[..at] + letter + text[(at + 1)..];
                Assert.True(
                    ring.Open(changed, s_context) is null || at == text.Length - 1,
                    changed
                );
            }

            Assert.Null(ring.Open(text.AsSpan(0, at), s_context));
        }

        Assert.Null(ring.Open(text + text, s_context));
        Assert.Null(ring.Open(new string('A', 100_000), s_context));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
