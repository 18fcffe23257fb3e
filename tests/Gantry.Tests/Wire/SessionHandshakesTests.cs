using Xunit;

namespace Gantry.Wire;

public sealed class SessionHandshakesTests
{
    [Fact]
    public void What_nobody_registered_is_not_there_rather_than_empty()
    {
        var handshakes = new SessionHandshakes();
        handshakes.Register("known", "{}"u8.ToArray());

        Assert.True(handshakes.Find("known")?.Span.SequenceEqual("{}"u8));
        Assert.Null(handshakes.Find("a principal's"));
    }
}
