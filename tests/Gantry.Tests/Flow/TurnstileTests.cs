using Xunit;

namespace Gantry.Flow;

public sealed class TurnstileTests
{
    private const int Patience = 20_000;
    private static readonly TimeSpan s_long = TimeSpan.FromDays(1);

    private readonly FakeClock _clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task Clients_take_turns_whoever_asked_for_more()
    {
        var turnstile = new Turnstile(1, 100, _clock);
        Assert.True(turnstile.TryEnter());
        var entered = new List<string>();
        var waiting = new List<Task>();
        foreach (var client in (string[])["greedy", "greedy", "greedy", "greedy", "a", "b", "a"])
        {
            waiting.Add(PassAsync(turnstile, client, entered));
        }

        turnstile.Leave();
        await Task.WhenAll(waiting);

        Assert.Equal("greedy a b greedy a greedy greedy", string.Join(' ', entered));
        Assert.Equal((0, 0), (turnstile.Inside, turnstile.Waiting));
    }

    [Fact(Timeout = Patience)]
    public async Task A_full_queue_refuses_at_once_and_the_greediest_makes_room_for_others()
    {
        var turnstile = new Turnstile(1, 3, _clock);
        Assert.True(turnstile.TryEnter());
        var greedy = Enumerable.Range(0, 3).Select(_ => EnterAsync(turnstile, "greedy")).ToList();

        Assert.Equal(Passage.Full, await EnterAsync(turnstile, "greedy"));
        var modest = EnterAsync(turnstile, "modest");

        Assert.Equal(Passage.Full, await greedy[2]);
        Assert.False(modest.IsCompleted);
        Assert.Equal(3, turnstile.Waiting);
    }

    [Fact(Timeout = Patience)]
    public async Task Patience_has_an_end()
    {
        var turnstile = new Turnstile(1, 3, _clock);
        Assert.True(turnstile.TryEnter());

        var waiting = turnstile.EnterAsync("a", TimeSpan.FromSeconds(5), Cancelled).AsTask();
        await _clock.SleepersAsync(1, Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(Passage.TooLate, await waiting);
        Assert.Equal(0, turnstile.Waiting);
    }

    [Fact(Timeout = Patience)]
    public async Task Who_is_cancelled_leaves_the_queue_at_once()
    {
        var turnstile = new Turnstile(1, 3, _clock);
        Assert.True(turnstile.TryEnter());
        using var stop = new CancellationTokenSource();

        var gone = turnstile.EnterAsync("a", s_long, stop.Token).AsTask();
        var next = EnterAsync(turnstile, "a");
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        turnstile.Leave();
        Assert.Equal(Passage.Entered, await next);
        Assert.Equal(1, turnstile.Inside);
    }

    [Fact(Timeout = Patience)]
    public async Task More_room_lets_the_next_in_at_once()
    {
        var turnstile = new Turnstile(1, 3, _clock);
        Assert.True(turnstile.TryEnter());
        var waiting = new[] { EnterAsync(turnstile, "a"), EnterAsync(turnstile, "b") };

        turnstile.Resize(3, 3);

        Assert.All(await Task.WhenAll(waiting), passage => Assert.Equal(Passage.Entered, passage));
        Assert.False(turnstile.TryEnter());
    }

    [Fact]
    public void While_nobody_waits_nothing_is_allocated()
    {
        var turnstile = new Turnstile(2, 3, _clock);
        Pass(turnstile, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Pass(turnstile, 10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // Whatever happens in whatever order: the bound is kept, everybody who waits is let in, refused
    // or gives up, and a client that wants one place waits for no more than one turn of each other.
    [Theory(Timeout = Patience)]
    [MemberData(nameof(Seeds))]
    public async Task No_waiter_is_lost_and_none_starves(int seed)
    {
        var random = new Random(seed);
        var run = new Run(
            new(random.Next(1, 4), random.Next(1, 20), _clock),
            random,
            clients: random.Next(1, 6)
        );
        for (var step = 0; step < 300; step++)
        {
            run.Step();
        }

        await run.FinishAsync();
    }

    [Fact(Timeout = Patience)]
    public async Task Many_threads_at_once_keep_the_bound()
    {
        var turnstile = new Turnstile(3, 1_000, TimeProvider.System);
        var inside = 0;
        var most = 0;

        await Task.WhenAll(
            Enumerable
                .Range(0, 32)
                .Select(client =>
                    Task.Run(
                        async () =>
                        {
                            for (var i = 0; i < 500; i++)
                            {
                                await turnstile.EnterAsync(client, s_long, Cancelled);
                                var now = Interlocked.Increment(ref inside);
                                InterlockedMax(ref most, now);
                                await Task.Yield();
                                Interlocked.Decrement(ref inside);
                                turnstile.Leave();
                            }
                        },
                        Cancelled
                    )
                )
        );

        Assert.InRange(most, 1, 3);
        Assert.Equal((0, 0), (turnstile.Inside, turnstile.Waiting));
        Assert.True(turnstile.TryEnter());
    }

    public static IEnumerable<TheoryDataRow<int>> Seeds =>
        Enumerable.Range(0, 100).Select(seed => new TheoryDataRow<int>(seed));

    private static Task<Passage> EnterAsync(Turnstile turnstile, string client) =>
        turnstile.EnterAsync(client, s_long, Cancelled).AsTask();

    private static async Task PassAsync(Turnstile turnstile, string client, List<string> entered)
    {
        await turnstile.EnterAsync(client, s_long, Cancelled);
        entered.Add(client);
        turnstile.Leave();
    }

    private static void Pass(Turnstile turnstile, int times)
    {
        for (var i = 0; i < times; i++)
        {
            turnstile.TryEnter();
            turnstile.Leave();
        }
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var seen = most; now > seen; seen = most)
        {
            Interlocked.CompareExchange(ref most, now, seen);
        }
    }

    private sealed class Run(Turnstile turnstile, Random random, int clients)
    {
        private readonly List<Attempt> _waiting = [];
        private readonly int _limit = LimitOf(turnstile);
        private int _inside;

        public void Step()
        {
            switch (random.Next(10))
            {
                case < 5:
                    Enter();
                    break;
                case < 8:
                    Leave();
                    break;
                default:
                    GiveUp();
                    break;
            }

            Settle();
            Assert.InRange(turnstile.Inside, 0, _limit);
            Assert.Equal(_inside, turnstile.Inside);
            Assert.Equal(_waiting.Count, turnstile.Waiting);
            Assert.True(_waiting.Count == 0 || turnstile.Inside == _limit, "A place stands empty.");
        }

        public async Task FinishAsync()
        {
            while (_waiting.Count > 0)
            {
                // In one round of as many places as there are clients, each that waits gets one.
                var wanting = _waiting.Select(attempt => attempt.Client).ToHashSet();
                for (var i = 0; i < clients && _waiting.Count > 0; i++)
                {
                    turnstile.Leave();
                    _inside--;
                    wanting.ExceptWith(Settle());
                }

                Assert.Empty(wanting);
            }

            for (; _inside > 0; _inside--)
            {
                turnstile.Leave();
            }

            Assert.Equal(Passage.Entered, await turnstile.EnterAsync("last", s_long, Cancelled));
        }

        private static int LimitOf(Turnstile turnstile)
        {
            var limit = 0;
            for (; turnstile.TryEnter(); limit++) { }

            for (var i = 0; i < limit; i++)
            {
                turnstile.Leave();
            }

            return limit;
        }

        private void Enter()
        {
            var attempt = new Attempt($"client {random.Next(clients)}");
            _waiting.Add(attempt);
            attempt.Begin(turnstile);
        }

        private void Leave()
        {
            if (_inside > 0)
            {
                _inside--;
                turnstile.Leave();
            }
        }

        private void GiveUp()
        {
            if (_waiting.Count > 0)
            {
                _waiting[random.Next(_waiting.Count)].Stop.Cancel();
            }
        }

        // Continuations run elsewhere, but what they wait for is decided at once.
        private HashSet<string> Settle()
        {
            var entered = new HashSet<string>();
            SpinWait.SpinUntil(
                () => _waiting.Count(attempt => !attempt.IsOver) == turnstile.Waiting,
                TimeSpan.FromSeconds(5)
            );
            foreach (var attempt in _waiting.Where(attempt => attempt.IsOver).ToList())
            {
                _waiting.Remove(attempt);
                if (attempt.HasEntered)
                {
                    _inside++;
                    entered.Add(attempt.Client);
                }
            }

            return entered;
        }

        private sealed class Attempt(string client)
        {
            private Task _entering = Task.CompletedTask;

            public string Client => client;

            public CancellationTokenSource Stop { get; } = new();

            public bool IsOver => _entering.IsCompleted;

            public bool HasEntered { get; private set; }

            public void Begin(Turnstile turnstile) => _entering = EnterAsync(turnstile);

            private async Task EnterAsync(Turnstile turnstile)
            {
                try
                {
                    HasEntered =
                        await turnstile.EnterAsync(client, s_long, Stop.Token) is Passage.Entered;
                }
                catch (OperationCanceledException) when (Stop.IsCancellationRequested) { }
            }
        }
    }
}
