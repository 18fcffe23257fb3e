using System.Security.Cryptography;
using Gantry.Tests.Config;
using Xunit;

namespace Gantry.Runtimes.Remote.Secrets;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class VaultTests : IDisposable
{
    private const string Token = "canary-7d21";

    private readonly Folder _home = new();
    private readonly FakeClock _clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static Login Tracker { get; } =
        new("tracker", null, "https://id.example.com", "client")
        {
            Resource = "https://tracker.example.com",
            AccessToken = new(Token),
        };

    public void Dispose() => _home.Dispose();

    [Fact(Timeout = 30_000)]
    public async Task What_is_kept_is_found_again_and_can_be_read_by_nobody_else()
    {
        using var vault = Open();
        await vault.UpdateAsync(content => content.With(Tracker), Cancelled);

        using var again = Open();
        Assert.Equal(Token, again.Read().Find(Tracker.Owner)?.AccessToken?.Value);
        foreach (var file in Directory.GetFiles(_home.Path))
        {
            Assert.DoesNotContain(Token, File.ReadAllText(file), StringComparison.Ordinal);
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(file)
            );
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task Each_owner_and_issuer_has_an_own_entry()
    {
        using var vault = Open();
        await vault.UpdateAsync(
            content =>
                content
                    .With(Tracker)
                    .With(Tracker with { Principal = "ann" })
                    .With(Tracker with { Issuer = "https://other.example.com" })
                    .With(Tracker with { AccessToken = new("newer") }),
            Cancelled
        );

        var kept = vault.Read();
        Assert.Equal(3, kept.Logins.Length);
        Assert.Equal("newer", kept.Find(Tracker.Owner, Tracker.Issuer)?.AccessToken?.Value);
        Assert.Null(kept.Find(new("tracker", "bob")));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_wrong_key_is_an_error_and_overwrites_nothing()
    {
        using var vault = Open();
        await vault.UpdateAsync(content => content.With(Tracker), Cancelled);
        var before = File.ReadAllBytes(_home.At("vault"));
        _home.Write("vault.key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

        using var again = Open();
        Assert.Contains("sealed with key", Refused(again));
        await Assert.ThrowsAsync<VaultException>(async () =>
            await again.UpdateAsync(content => content.With(Tracker), Cancelled)
        );
        Assert.Equal(before, File.ReadAllBytes(_home.At("vault")));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_key_that_is_gone_is_not_made_anew()
    {
        using var vault = Open();
        await vault.UpdateAsync(content => content.With(Tracker), Cancelled);
        File.Delete(_home.At("vault.key"));

        using var again = Open();
        Assert.Contains("there is no key", Refused(again));
        await Assert.ThrowsAsync<VaultException>(async () =>
            await again.UpdateAsync(content => content.With(Tracker), Cancelled)
        );
        Assert.False(File.Exists(_home.At("vault.key")));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("{\"version\":1,\"key\":\"x\",\"nonce\":\"AA==\",\"tag\":\"AA==\",\"text\":\"\"}")]
    [InlineData("{\"version\":2,\"key\":\"x\",\"nonce\":\"AA==\",\"tag\":\"AA==\",\"text\":\"\"}")]
    public async Task A_file_that_is_no_vault_is_an_error_and_stays(string text)
    {
        using var vault = Open();
        await vault.UpdateAsync(content => content.With(Tracker), Cancelled);
        _home.Write("vault", text);

        using var again = Open();
        Assert.Contains("vault", Refused(again), StringComparison.Ordinal);
        await Assert.ThrowsAsync<VaultException>(async () =>
            await again.UpdateAsync(content => content.With(Tracker), Cancelled)
        );
        Assert.Equal(text, File.ReadAllText(_home.At("vault")));
    }

    [Fact(Timeout = 30_000)]
    public async Task Each_changed_byte_of_the_sealed_text_is_noticed()
    {
        using var vault = Open();
        await vault.UpdateAsync(content => content.With(Tracker), Cancelled);
        var good = File.ReadAllText(_home.At("vault"));
        var at = good.IndexOf("\"text\":\"", StringComparison.Ordinal) + 8;

        foreach (var offset in (int[])[0, 10, 50])
        {
            var letter = good[at + offset] is 'A' ? 'B' : 'A';
            _home.Write("vault", $"{good[..(at + offset)]}{letter}{good[(at + offset + 1)..]}");
            using var again = Open();
            Assert.Contains("is damaged", Refused(again));
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task After_a_rotation_only_the_new_key_opens_it()
    {
        using var vault = Open();
        await vault.UpdateAsync(content => content.With(Tracker), Cancelled);
        var old = File.ReadAllText(_home.At("vault.key"));

        Assert.True(await vault.RotateAsync(Cancelled));

        using var again = Open();
        Assert.Single(again.Read().Logins);
        _home.Write("vault.key", old);
        using var late = Open();
        Assert.Contains("sealed with key", Refused(late));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_key_that_was_given_is_used_and_the_first_of_several_seals()
    {
        var (first, second) = (Key(), Key());
        using var vault = Open(("GANTRY_VAULT_KEY", first));
        await vault.UpdateAsync(content => content.With(Tracker), Cancelled);
        Assert.False(File.Exists(_home.At("vault.key")));

        using var both = Open(("GANTRY_VAULT_KEY", $"{second},{first}"));
        Assert.False(await both.RotateAsync(Cancelled));
        _home.Write("keys", second);
        using var file = Open(("GANTRY_VAULT_KEY_FILE", _home.At("keys")));
        Assert.Single(file.Read().Logins);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("not base64 at all")]
    public void A_key_that_is_none_is_said_so_without_showing_it(string key)
    {
        using var vault = Open(("GANTRY_VAULT_KEY", key));

        var refusal = Refused(vault);

        Assert.Contains("GANTRY_VAULT_KEY", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(key, refusal, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_another_program_writes_is_noticed()
    {
        using var daemon = Open();
        using var command = Open();
        Assert.Empty(daemon.Read().Logins);
        await command.UpdateAsync(content => content.With(Tracker), Cancelled);

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Single(daemon.Read().Logins);
    }

    [Fact(Timeout = 60_000)]
    public async Task No_change_is_lost_when_many_change_it_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(AddAsync));

        using var vault = Open();
        Assert.Equal(8, vault.Read().Logins.Length);

        async Task AddAsync(int number)
        {
            using var own = new Vault(_home.Path, _ => null, TimeProvider.System);
            await own.UpdateAsync(
                content => content.With(Tracker with { Principal = $"p{number}" }),
                Cancelled
            );
        }
    }

    [Fact]
    public void Nothing_that_is_printed_shows_a_secret()
    {
        var registration = new Registration("tracker", "https://id.example.com", "c", new(Token));
        var content = VaultContent.Empty.With(Tracker).With(registration);

        Assert.DoesNotContain(
            Token,
            $"{content} {Tracker} {registration} {Tracker.AccessToken}",
            StringComparison.Ordinal
        );
    }

    private static string Key() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static string Refused(Vault vault) =>
        Assert.Throws<VaultException>(() => vault.Read()).Message;

    private Vault Open(params (string Name, string Value)[] variables) =>
        new(
            _home.Path,
            name => variables.FirstOrDefault(given => given.Name == name).Value,
            _clock
        );
}
