using Xunit;

namespace Gantry.Admin;

public sealed class HintTests
{
    [Theory]
    [InlineData("fils", " Did you mean 'files'?")]
    [InlineData("memroy", " Did you mean 'memory'?")]
    [InlineData("weather", " There are: files, memory.")]
    public void A_slip_gets_the_name_that_was_meant(string asked, string expected) =>
        Assert.Equal(expected, Hint.For(asked, ["files", "memory"]));

    [Fact]
    public void Where_there_is_nothing_it_says_so() =>
        Assert.Equal(" There are none.", Hint.For("files", []));
}
