using System.Text;
using Gantry.Runtimes;
using Xunit;

namespace Gantry.Wire;

public sealed class WireTapTests
{
    private static readonly InstanceId s_instance = new("echo-1");
    private readonly WireTap _tap = new(new FakeClock());

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void While_nobody_looks_it_costs_no_memory()
    {
        using var frame = Request(1);
        Hand(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            Hand(frame);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact(Timeout = 10_000)]
    public async Task A_viewer_sees_each_face_with_its_own_ids()
    {
        using var viewer = Watch();
        using var frame = Request(7);

        _tap.FromClient("abc", frame);
        _tap.ToInstance(s_instance, frame, "4711"u8, "4711"u8);
        var (client, server) = (await NextAsync(viewer), await NextAsync(viewer));

        Assert.Equal(new(Face.Client, Direction.ToServer, "abc"), client.Spot);
        Assert.Equal(("7", "tools/call"), (client.Id, client.Method));
        Assert.Equal(new(Face.Server, Direction.ToServer, "echo-1"), server.Spot);
        Assert.Equal("4711", server.Id);
        Assert.Contains("\"id\":4711", Encoding.UTF8.GetString(server.Utf8.Span));
    }

    [Fact(Timeout = 10_000)]
    public async Task Who_looks_too_slowly_is_told_how_much_was_lost()
    {
        using var viewer = Watch();
        using var frame = Request(1);
        for (var i = 0; i < TapViewer.MaxWaiting + 5; i++)
        {
            _tap.FromClient("abc", frame);
        }

        var seen = new List<Seen>();
        await foreach (var one in viewer.ReadAsync(Cancelled))
        {
            seen.Add(one);
            if (one.Lost > 0)
            {
                break;
            }
        }

        Assert.Equal(TapViewer.MaxWaiting, seen.Count(one => one.Sighting is not null));
        Assert.Equal(5, seen[^1].Lost);
    }

    [Fact(Timeout = 10_000)]
    public async Task What_was_lost_is_told_before_what_came_after_it()
    {
        using var viewer = Watch();
        using var frame = Request(1);
        using var later = Request(2);
        for (var i = 0; i < TapViewer.MaxWaiting + 5; i++)
        {
            _tap.FromClient("abc", frame);
        }

        await using var seen = viewer.ReadAsync(Cancelled).GetAsyncEnumerator(Cancelled);
        await seen.MoveNextAsync();
        _tap.FromClient("abc", later);
        while (seen.Current.Lost == 0)
        {
            await seen.MoveNextAsync();
        }

        Assert.Equal((5, "2"), (seen.Current.Lost, seen.Current.Sighting?.Id));
    }

    [Fact]
    public void Long_frames_do_not_fill_the_memory()
    {
        using var viewer = Watch();
        using var frame = Request(1, WireTap.MaxKept * 2);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            _tap.FromClient("abc", frame);
        }

        Assert.InRange(
            GC.GetAllocatedBytesForCurrentThread() - before,
            TapViewer.MaxWaitingBytes,
            6L * TapViewer.MaxWaitingBytes
        );
    }

    [Fact(Timeout = 10_000)]
    public async Task Of_a_long_frame_the_beginning_is_kept()
    {
        using var viewer = Watch();
        using var frame = Request(1, WireTap.MaxKept * 2);

        _tap.ToInstance(s_instance, frame, "99"u8);
        var seen = await NextAsync(viewer);

        Assert.Equal(WireTap.MaxKept, seen.Utf8.Length);
        Assert.Equal(frame.Length + 1, seen.Length);
        Assert.False(seen.IsWhole);
        Assert.StartsWith(
            "{\"jsonrpc\":\"2.0\",\"id\":99,",
            Encoding.UTF8.GetString(seen.Utf8.Span[..30]),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Only_so_many_can_look_and_who_leaves_makes_room()
    {
        var viewers = Enumerable.Range(0, WireTap.MaxViewers).Select(_ => Watch()).ToList();
        Assert.Null(_tap.Watch());

        viewers[0].Dispose();
        viewers.Add(Watch());
        viewers.ForEach(viewer => viewer.Dispose());

        Assert.False(_tap.IsWatched);
    }

    private void Hand(Frame frame)
    {
        _tap.FromClient("abc", frame);
        _tap.ToInstance(s_instance, frame, "4711"u8, "4711"u8);
        _tap.FromInstance(s_instance, frame);
        _tap.ToClient("abc", frame, "1"u8);
    }

    private TapViewer Watch() => _tap.Watch() ?? throw new InvalidOperationException("Full.");

    private static async Task<Sighting> NextAsync(TapViewer viewer)
    {
        await using var seen = viewer.ReadAsync(Cancelled).GetAsyncEnumerator(Cancelled);
        await seen.MoveNextAsync();
        return seen.Current.Sighting ?? throw new InvalidOperationException("Only losses.");
    }

    private static Frame Request(int id, int padding = 0) =>
        Frame.Parse(
            Encoding.UTF8.GetBytes(
                $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"_meta":{"progressToken":{{{id}}}},"x":"{{{new string('x', padding)}}}"}}"""
            )
        );
}
