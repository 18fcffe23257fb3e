using System.Net;
using System.Net.Http.Headers;
using Gantry.Admin;
using Gantry.Daemon;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Access;

/// <summary>One file of keys, and several processes that use it.</summary>
public sealed class SharedKeysTests : IDisposable
{
    private static readonly KeyTerms s_terms = new("alice", Role.Caller, null, Limits.None);

    private readonly FakeClock _clock = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("gantry").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Shared => Path.Combine(_directory, "keys.json");

    [Fact]
    public void A_key_that_one_made_lets_in_at_the_other_and_revoked_ends_at_both()
    {
        using var one = Linked("one");
        using var other = Linked("other");
        var made = one.Create(s_terms);

        other.LookAgain();
        var held = Find(other, made.Text);
        Assert.NotNull(held);
        Assert.NotNull(other.Revoke(made.Key.Id, _ => true));
        one.LookAgain();

        Assert.True(held.End.IsCancellationRequested);
        Assert.Null(Find(one, made.Text));
        Assert.Null(Find(other, made.Text));
    }

    [Fact]
    public void Who_came_in_goes_on_when_others_are_added()
    {
        using var one = Linked("one");
        using var other = Linked("other");
        var terms = s_terms with { Limits = new(Rate.Parse("60/m"), 3), Tenant = "acme" };
        var made = one.Create(terms with { ExpiresIn = TimeSpan.FromDays(3) });
        var here = Find(one, made.Text);
        other.LookAgain();
        var there = Find(other, made.Text);

        other.Create(s_terms);
        one.LookAgain();

        Assert.Equal(2, one.Current.Keys.Length);
        Assert.Same(here, Find(one, made.Text));
        Assert.Same(there, Find(other, made.Text));
    }

    [Fact]
    public void A_key_that_is_no_longer_the_same_ends_who_came_in_with_it()
    {
        using var ring = Linked("one");
        var made = ring.Create(s_terms with { Role = Role.Admin });
        var held = Find(ring, made.Text);

        Write(KeyFile.Write([made.Key with { Role = Role.Viewer }]));
        ring.LookAgain();

        Assert.True(held?.End.IsCancellationRequested);
        Assert.Equal(Role.Viewer, Find(ring, made.Text)?.Key.Role);
    }

    [Fact(Timeout = 30_000)]
    public async Task Of_those_that_many_make_at_a_time_none_is_lost()
    {
        var rings = Enumerable.Range(0, 4).Select(at => Linked($"{at}")).ToArray();

        await Task.WhenAll(
            rings.Select(ring =>
                Task.Run(
                    () =>
                    {
                        for (var count = 0; count < 10; count++)
                        {
                            ring.Create(s_terms);
                        }
                    },
                    Cancelled
                )
            )
        );

        foreach (var ring in rings)
        {
            ring.LookAgain();
            Assert.Equal(40, ring.Current.Keys.Length);
            ring.Dispose();
        }
    }

    [Theory]
    [InlineData("{")]
    [InlineData(null)]
    public void A_file_that_is_broken_or_gone_changes_nothing_until_it_is_whole(string? text)
    {
        using var ring = Linked("one");
        var made = ring.Create(s_terms);
        var whole = File.ReadAllBytes(Shared);

        if (text is null)
        {
            File.Delete(Shared);
        }
        else
        {
            Write(System.Text.Encoding.UTF8.GetBytes(text));
        }

        ring.LookAgain();
        Assert.NotNull(Find(ring, made.Text));
        Assert.Throws<KeysNotKeptException>(() => ring.Create(s_terms));

        Write(whole);
        ring.LookAgain();
        Assert.NotNull(ring.Create(s_terms));
    }

    [Fact]
    public void A_file_that_others_may_write_is_refused()
    {
        using (var ring = Linked("one"))
        {
            ring.Create(s_terms);
        }

        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(
            Shared,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite
        );

        var refusal = Assert.Throws<StartRefusedException>(() => Linked("other"));
        Assert.Contains("chmod 600", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_daemon_that_runs_takes_up_what_another_process_made_or_revoked()
    {
        const string yaml = "gateway: { auth: { api_keys: true } }";
        await using var daemon = await TestDaemon.StartAsync(yaml, Cancelled);
        using var elsewhere = KeyRing.Open(
            daemon.State.ApiKeys,
            TimeProvider.System,
            NullLogger<KeyRing>.Instance
        );

        var made = elsewhere.Create(s_terms);
        await UntilAsync(daemon, made.Text, HttpStatusCode.OK);
        elsewhere.Revoke(made.Key.Id, _ => true);
        await UntilAsync(daemon, made.Text, HttpStatusCode.Unauthorized);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // As each process has it in a state directory of its own.
    private KeyRing Linked(string name)
    {
        var state = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName;
        var link = Path.Combine(state, "api-keys.json");
        File.CreateSymbolicLink(link, "../keys.json");
        return KeyRing.Open(link, _clock, NullLogger<KeyRing>.Instance);
    }

    private void Write(byte[] content)
    {
        File.Delete(Shared);
        File.WriteAllBytes(Shared, content);
    }

    private static async Task UntilAsync(TestDaemon daemon, string key, HttpStatusCode expected)
    {
        var status = default(HttpStatusCode);
        while (status != expected)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/servers");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await daemon.Http.SendAsync(request, Cancelled);
            status = response.StatusCode;
        }
    }

    private static HeldKey? Find(KeyRing ring, string text) =>
        KeyText.TryRead(text, out var id, out var secret) ? ring.Current.Find(id, secret) : null;
}
