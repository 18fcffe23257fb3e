using Xunit;

namespace Gantry.Flow;

public sealed class BacklogTests
{
    [Fact]
    public void The_oldest_go_when_there_are_too_many_or_too_much()
    {
        var dropped = new List<string>();
        var backlog = new Backlog<string>(3, 10, text => text.Length, dropped.Add);

        Assert.All((string[])["a", "b", "c", "d"], text => Assert.True(backlog.TryAdd(text)));
        Assert.True(backlog.TryAdd("eight888"));

        Assert.Equal(["a", "b"], dropped);
        Assert.Equal(10, backlog.Bytes);
        Assert.True(backlog.Reader.TryRead(out var next));
        Assert.Equal("c", next);
        Assert.Equal(9, backlog.Bytes);
    }

    [Fact]
    public void One_item_has_room_however_large_it_is()
    {
        var backlog = new Backlog<string>(3, 10, text => text.Length, _ => { });

        Assert.True(backlog.TryAdd(new string('x', 100)));
        backlog.Complete();

        Assert.False(backlog.TryAdd("late"));
        Assert.True(backlog.Reader.TryRead(out _));
        Assert.Equal(0, backlog.Bytes);
    }
}
