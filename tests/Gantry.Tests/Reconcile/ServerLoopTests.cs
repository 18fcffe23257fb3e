using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static Gantry.Weather;

namespace Gantry.Reconcile;

public sealed class ServerLoopTests : IAsyncDisposable
{
    private readonly FakeClock _clock = new();
    private readonly Board _board = new();
    private readonly Feed<Event> _events = new(100);
    private readonly CancellationTokenSource _stop =
        CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly FakeRuntime _runtime;
    private readonly ServerLoop _loop;
    private Task _running = Task.CompletedTask;

    public ServerLoopTests()
    {
        _runtime = new(_clock) { IsQuick = true };
        _loop = Loop(_runtime);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    [Fact(Timeout = 10_000)]
    public async Task A_crash_is_answered_when_the_back_off_is_over()
    {
        Run();
        var first = await ReadyAsync(DateTimeOffset.MinValue);

        _runtime.Crash(first.Id);
        await _board.Until(Name, status => status.Plan.Trouble is not null, _stop.Token);
        await _clock.SleepersAsync(1, _stop.Token);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(first.Id, (await ReadyAsync(first.StartedAt)).Id);
    }

    [Fact(Timeout = 10_000)]
    public async Task A_pass_that_fails_is_tried_again_after_five_seconds()
    {
        _runtime.CannotObserve = true;
        Run();
        await _clock.SleepersAsync(1, _stop.Token);
        _runtime.CannotObserve = false;
        _clock.Advance(TimeSpan.FromSeconds(5));

        await ReadyAsync(DateTimeOffset.MinValue);
    }

    [Fact(Timeout = 10_000)]
    public async Task Nothing_is_published_when_nothing_is_new()
    {
        await _loop.PassAsync(_stop.Token);
        await _loop.PassAsync(_stop.Token);
        var version = _board.Current.Version;

        await _loop.PassAsync(_stop.Token);

        Assert.Equal(version, _board.Current.Version);
    }

    [Fact(Timeout = 10_000)]
    public async Task A_quiet_server_is_looked_at_again_after_about_half_a_minute()
    {
        await _loop.PassAsync(_stop.Token);
        var patience = await _loop.PassAsync(_stop.Token);

        Assert.InRange(patience.TotalSeconds, 24, 36);
    }

    [Fact(Timeout = 10_000)]
    public async Task A_pass_never_waits_out_a_grace_period()
    {
        await _loop.PassAsync(_stop.Token);
        _loop.Desired = null;

        await _loop.PassAsync(_stop.Token);
        await _loop.PassAsync(_stop.Token);

        Assert.Equal(["Start", "Drain", "Stop"], _runtime.Done.Select(step => step.GetType().Name));
        Assert.Equal(
            _clock.GetUtcNow(),
            _runtime.Done.OfType<Step.Drain>().Single().Deadline - V1.Spec.DrainTimeout
        );
    }

    [Fact(Timeout = 10_000)]
    public async Task A_life_is_told_once_and_in_order()
    {
        await _loop.PassAsync(_stop.Token);
        await _loop.PassAsync(_stop.Token);
        _loop.Desired = null;
        for (var pass = 0; pass < 4; pass++)
        {
            await _loop.PassAsync(_stop.Token);
        }

        Assert.Equal(
            ["start", "ready", "drain", "exit"],
            _events.Latest(100).Select(one => one.Kind)
        );
    }

    [Fact(Timeout = 10_000)]
    public async Task A_kill_without_effect_is_repeated_but_not_in_a_frenzy()
    {
        var runtime = new FakeRuntime(_clock) { IsImmortal = true };
        var loop = Loop(runtime);
        await loop.PassAsync(_stop.Token);
        loop.Desired = null;
        await loop.PassAsync(_stop.Token);
        _clock.Advance(V1.Spec.StopGrace);

        _running = loop.RunAsync(() => false, _stop.Token);
        await _clock.SleepersAsync(1, _stop.Token);
        Assert.Equal(2, runtime.Done.OfType<Step.Kill>().Count());

        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await _clock.SleepersAsync(1, _stop.Token);
        Assert.Equal(3, runtime.Done.OfType<Step.Kill>().Count());
    }

    [Fact(Timeout = 10_000)]
    public async Task A_removed_server_ends_its_loop_once_nothing_is_alive()
    {
        Run();
        await ReadyAsync(DateTimeOffset.MinValue);

        _loop.Desired = null;
        _loop.Wake();
        await _board.Until(Name, status => !status.Instances.Any(one => one.IsAlive), _stop.Token);
        await _clock.SleepersAsync(1, _stop.Token);
        _clock.Advance(TimeSpan.FromSeconds(2));

        await _running;
        Assert.True(_loop.IsDone);
    }

    private ServerLoop Loop(FakeRuntime runtime)
    {
        var shared = new Surroundings(
            runtime,
            _board,
            ServerRecords.Open(null),
            new(4),
            _events,
            _clock
        );
        var loop = new ServerLoop(Name, shared, NullLogger<ServerLoop>.Instance) { Desired = V1 };
        runtime.Changed += _ => loop.Wake();
        return loop;
    }

    private void Run() => _running = _loop.RunAsync(() => _loop.IsDone, _stop.Token);

    private async Task<Instance> ReadyAsync(DateTimeOffset after)
    {
        var status = await _board.Until(
            Name,
            status => status.Instances.Any(one => IsNew(one, after)),
            _stop.Token
        );
        return status.Instances.First(one => IsNew(one, after));
    }

    private static bool IsNew(Instance instance, DateTimeOffset after) =>
        instance.Phase is Phase.Ready && instance.StartedAt > after;
}
