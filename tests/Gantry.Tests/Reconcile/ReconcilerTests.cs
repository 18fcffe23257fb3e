using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static Gantry.Weather;

namespace Gantry.Reconcile;

public sealed class ReconcilerTests : IAsyncDisposable
{
    private static readonly ServerName s_other = ServerName.Parse("other");

    private readonly FakeClock _clock = new();
    private readonly Board _board = new();
    private readonly Feed<Event> _events = new(10_000);
    private readonly ServerRecords _records = ServerRecords.Open(null);
    private readonly CancellationTokenSource _stop =
        CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly FakeRuntime _runtime;
    private readonly Reconciler _reconciler;
    private readonly Task _running;

    public ReconcilerTests()
    {
        _runtime = new(_clock) { IsQuick = true };
        _reconciler = new(_runtime, _board, _records, _events, _clock, NullLoggerFactory.Instance);
        _running = _reconciler.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Fact(Timeout = 10_000)]
    public async Task What_is_configured_runs()
    {
        _reconciler.Apply(Snapshot(V1, Server(s_other)));

        await ReadyAsync(V1);
        await ReadyAsync(Server(s_other));
        Assert.Equal(2, _board.Current.Config.Servers.Count);
    }

    [Fact(Timeout = 10_000)]
    public async Task A_change_replaces_one_server_and_touches_no_other()
    {
        _reconciler.Apply(Snapshot(V1, Server(s_other)));
        await ReadyAsync(V1);
        var other = await ReadyAsync(Server(s_other));

        _reconciler.Apply(Snapshot(V2, Moved(Server(s_other))));

        await ReadyAsync(V2);
        Assert.Contains(other, _runtime.Truth);
        Assert.Contains(_events.Latest(100), one => one.Message == "weather: arguments changed");
    }

    [Fact(Timeout = 10_000)]
    public async Task A_removed_server_is_drained_and_then_leaves_the_board()
    {
        _reconciler.Apply(Snapshot(V1));
        await ReadyAsync(V1);

        _reconciler.Apply(ConfigSnapshot.Empty);
        Assert.Null(_reconciler.Demand(Name));
        await _board.Until(Name, status => !status.Instances.Any(one => one.IsAlive), _stop.Token);
        await _clock.SleepersAsync(1, _stop.Token);
        _clock.Advance(TimeSpan.FromSeconds(2));

        await _board.Until(now => now.Servers.IsEmpty, _stop.Token);
        Assert.DoesNotContain(_runtime.Truth, one => one.IsAlive);
    }

    [Fact(Timeout = 10_000)]
    public async Task A_server_that_comes_back_while_it_leaves_runs_again()
    {
        for (var round = 0; round < 20; round++)
        {
            _reconciler.Apply(Snapshot(V1));
            await ReadyAsync(V1);
            _reconciler.Apply(ConfigSnapshot.Empty);
            _clock.Advance(TimeSpan.FromSeconds(round % 5));
        }

        _reconciler.Apply(Snapshot(V2));
        await ReadyAsync(V2);
    }

    [Fact(Timeout = 10_000)]
    public async Task The_operator_stops_starts_and_restarts()
    {
        _reconciler.Apply(Snapshot(V1));
        var first = await ReadyAsync(V1);

        Assert.True(_reconciler.Stop(Name));
        await _board.Until(
            Name,
            status => status.Intent.Paused && !status.Instances.Any(one => one.IsAlive),
            _stop.Token
        );

        Assert.True(_reconciler.Start(Name));
        var second = await ReadyAsync(V1, generation: 1);
        Assert.True(_reconciler.Restart(Name));
        var third = await ReadyAsync(V1, generation: 2);

        Assert.Equal([first.Id, first.Id], [second.Id, third.Id]);
    }

    [Fact(Timeout = 10_000)]
    public async Task To_start_what_runs_does_not_disturb_it()
    {
        _reconciler.Apply(Snapshot(V1));
        await ReadyAsync(V1);

        Assert.True(_reconciler.Start(Name));
        await _board.Until(Name, status => status.Intent.Since == _clock.GetUtcNow(), _stop.Token);

        Assert.IsType<Step.Start>(Assert.Single(_runtime.Done));
    }

    [Fact(Timeout = 10_000)]
    public async Task An_on_demand_server_sleeps_until_somebody_calls_or_starts_it()
    {
        var lazy = Version("v1", spec => spec with { Start = StartMode.OnDemand });
        _reconciler.Apply(Snapshot(lazy));
        await _board.Until(Name, status => status.Plan.Steps.IsEmpty, _stop.Token);
        Assert.Empty(_runtime.Truth);

        using (_reconciler.Demand(Name)?.Wait(principal: null))
        {
            await ReadyAsync(lazy);
        }

        await _clock.SleepersAsync(1, _stop.Token);
        _clock.Advance(TimeSpan.FromMinutes(6));
        await _board.Until(Name, status => !status.Instances.Any(one => one.IsAlive), _stop.Token);
        _reconciler.Start(Name);
        await ReadyAsync(lazy);
    }

    [Fact(Timeout = 10_000)]
    public void Nobody_can_command_a_server_that_is_not_configured()
    {
        Assert.False(_reconciler.Start(Name));
        Assert.False(_reconciler.Stop(Name));
        Assert.False(_reconciler.Restart(Name));
        Assert.Null(_reconciler.Demand(Name));
    }

    [Fact(Timeout = 10_000)]
    public async Task A_shutdown_returns_when_nothing_is_alive_and_starts_nothing_more()
    {
        _reconciler.Apply(Snapshot(V1, Server(s_other)));
        await ReadyAsync(V1);
        await ReadyAsync(Server(s_other));

        await _reconciler.DrainAsync(_stop.Token);
        _reconciler.Apply(Snapshot(V2));

        Assert.DoesNotContain(_runtime.Truth, one => one.IsAlive);
        Assert.Contains(_runtime.Done, step => step is Step.Drain { Why: "shutting down" });
    }

    [Fact(Timeout = 10_000)]
    public async Task A_shutdown_gives_up_on_what_will_not_leave()
    {
        _reconciler.Apply(Snapshot(V1));
        await ReadyAsync(V1);
        _runtime.CannotObserve = true;

        var draining = _reconciler.DrainAsync(_stop.Token);
        await _clock.SleepersAsync(2, _stop.Token);
        _clock.Advance(TimeSpan.FromSeconds(45));

        await draining;
    }

    [Fact(Timeout = 10_000)]
    public async Task A_preview_says_what_would_happen_and_does_nothing()
    {
        var secret = Version(
            "v1",
            spec => spec with { Environment = spec.Environment.Add("KEY", new("hunter2")) }
        );
        _reconciler.Apply(Snapshot(V1, Server(s_other)));
        await ReadyAsync(V1);
        await ReadyAsync(Server(s_other));

        Assert.Equal(["unchanged", "unchanged"], Preview(V1, Moved(Server(s_other))));
        Assert.Equal(["stop: removed", "replace: arguments changed"], Preview(V2));
        Assert.Equal(["stop: removed", "replace: environment changed"], Preview(secret));
        Assert.Equal(
            ["unchanged", "start", "update: idle timeout and port changed"],
            Preview(
                Server(s_other),
                Server(ServerName.Parse("third")),
                Version("v1", spec => spec with { IdleTimeout = default, Port = 1 })
            )
        );
        Assert.Equal(2, _runtime.Done.Count);
    }

    [Fact(Timeout = 10_000)]
    public void A_preview_from_nothing_needs_no_daemon()
    {
        var lazy = Server(s_other, change: spec => spec with { Start = StartMode.OnDemand });

        var preview = Reconciler.PreviewFromNothing(Snapshot(V1, lazy), Now);

        Assert.Equal(["start on first call", "start"], preview.Select(one => one.Summary));
        Assert.Equal("start weather-v1-1: not running", Text(preview[1].Plan));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_thousand_servers_are_no_matter()
    {
        var many = Enumerable
            .Range(1, 1_000)
            .Select(n => Server(ServerName.Parse($"s{n}")))
            .ToArray();
        var watch = Stopwatch.StartNew();

        _reconciler.Apply(Snapshot(many));
        Assert.Equal(1_000, _reconciler.Preview(Snapshot(many)).Length);
        await _board.Until(
            now =>
                now.Servers.Count == 1_000
                && now.Servers.Values.All(status => status.Instances is [{ Phase: Phase.Ready }]),
            _stop.Token
        );

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private IEnumerable<string> Preview(params ImmutableArray<Desired> servers) =>
        _reconciler.Preview(Snapshot([.. servers])).Select(one => one.Summary);

    private async Task<Instance> ReadyAsync(Desired desired, long generation = 0)
    {
        var status = await _board.Until(
            desired.Name,
            status => status.Instances.Any(IsIt),
            _stop.Token
        );
        return status.Instances.First(IsIt);

        bool IsIt(Instance one) =>
            one.Phase is Phase.Ready && one.Hash == desired.Hash && one.Generation >= generation;
    }

    // What an editor does to a file: the same server, some lines further down.
    private static Desired Moved(Desired desired) =>
        Server(
            desired.Name,
            change: spec => spec with { Place = new("gantry.yaml", 9, 1), Description = "moved" }
        );

    private static ConfigSnapshot Snapshot(params Desired[] servers) =>
        new(
            "",
            servers.ToImmutableSortedDictionary(desired => desired.Name, desired => desired),
            []
        );
}
