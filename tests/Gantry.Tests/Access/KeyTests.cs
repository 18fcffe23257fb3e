using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Access;

public sealed class KeyTests
{
    private static readonly KeyTerms s_terms = new("alice", Role.Caller, null, Limits.None);

    private readonly FakeClock _clock = new();

    [Fact]
    public void A_key_is_recognised_by_its_text_alone()
    {
        using var ring = Ring();
        var made = ring.Create(s_terms);

        Assert.Equal(made.Key.Id, Find(ring, made.Text)?.Key.Id);
        Assert.Null(Find(ring, made.Text[..^1] + (made.Text[^1] == 'A' ? 'B' : 'A')));
        Assert.Null(Find(ring, KeyText.Of("nobodysid2", KeyText.NewSecret())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gk_")]
    [InlineData("gk__secret")]
    [InlineData("gk_id_")]
    [InlineData("gk_id")]
    [InlineData("sk_id_secret")]
    public void What_has_not_the_form_of_a_key_is_none(string text) =>
        Assert.False(KeyText.TryRead(text, out _, out _));

    [Fact]
    public void A_text_too_long_for_a_key_is_not_even_hashed() =>
        Assert.False(KeyText.TryRead($"gk_id_{new string('x', 4096)}", out _, out _));

    [Fact]
    public void The_file_holds_all_but_the_secret()
    {
        using var ring = Ring();
        var made = ring.Create(
            s_terms with
            {
                Tenant = "acme",
                Limits = new(Rate.Parse("100/s"), 10),
                ExpiresIn = TimeSpan.FromDays(90),
            }
        );

        var text = Encoding.UTF8.GetString(KeyFile.Write(ring.Current.Keys));
        var read = Assert.Single(KeyFile.Parse(Encoding.UTF8.GetBytes(text)));

        Assert.True(KeyText.TryRead(made.Text, out _, out var secret));
        Assert.DoesNotContain(secret.ToString(), text, StringComparison.Ordinal);
        Assert.Equal(made.Key with { Secret = read.Secret }, read);
        Assert.True(read.Secret.Recognises(secret));
    }

    [Theory]
    [InlineData("""{"version":2,"keys":[]}""")]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"version":1}""")]
    [InlineData("")]
    [InlineData("""{"version":1,"keys":[{"id":"a"}]}""")]
    public void A_file_of_another_form_is_refused(string text) =>
        Assert.Throws<FormatException>(() => KeyFile.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_revoked_key_is_recognised_no_more_and_says_so_to_its_connections()
    {
        using var ring = Ring();
        var (made, other) = (ring.Create(s_terms), ring.Create(s_terms));
        var (held, kept) = (Find(ring, made.Text), Find(ring, other.Text));

        ring.Revoke(made.Key.Id, _ => true);

        Assert.Null(Find(ring, made.Text));
        Assert.True(held?.End.IsCancellationRequested);
        Assert.Same(kept, Find(ring, other.Text));
        Assert.False(kept?.End.IsCancellationRequested);
        Assert.NotNull(ring.Current.Keys[0].RevokedAt);
    }

    [Fact]
    public void Nobody_revokes_a_key_that_is_not_theirs()
    {
        using var ring = Ring();
        var made = ring.Create(s_terms);

        Assert.Null(ring.Revoke(made.Key.Id, _ => false));
        Assert.NotNull(Find(ring, made.Text));
    }

    [Fact]
    public void A_key_expires_by_itself_also_for_those_who_are_in()
    {
        using var ring = Ring();
        var made = ring.Create(s_terms with { ExpiresIn = TimeSpan.FromDays(30) });
        var held = Find(ring, made.Text);

        _clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        Assert.NotNull(Find(ring, made.Text));
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(Find(ring, made.Text));
        Assert.True(held?.End.IsCancellationRequested);
    }

    [Fact]
    public void Keys_that_ended_long_ago_make_room()
    {
        using var ring = Ring();
        var old = ring.Create(s_terms);
        ring.Revoke(old.Key.Id, _ => true);
        _clock.Advance(TimeSpan.FromDays(91));

        var made = ring.Create(s_terms);

        Assert.Equal(made.Key.Id, Assert.Single(ring.Current.Keys).Id);
    }

    [Fact]
    public void What_cannot_be_kept_does_not_come_into_force()
    {
        var nowhere = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "keys.json");
        using var ring = KeyRing.Open(nowhere, _clock, NullLogger<KeyRing>.Instance);

        Assert.Throws<KeysNotKeptException>(() => ring.Create(s_terms));
        Assert.Empty(ring.Current.Keys);
    }

    [Fact]
    public void A_password_is_recognised_by_its_hash()
    {
        var hash = PasswordHash.Of("correct horse");

        var read = PasswordHash.Parse(hash.ToString());

        Assert.True(read?.Recognises("correct horse"));
        Assert.False(read?.Recognises("correct horse "));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("pbkdf2-sha256$1000$AAAAAAAAAAAAAAAAAAAAAA==$AAAA")]
    [InlineData("pbkdf2-sha256$600000$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void What_is_no_hash_or_a_weak_one_is_refused(string text) =>
        Assert.Null(PasswordHash.Parse(text));

    private KeyRing Ring() => KeyRing.InMemory(_clock, NullLogger<KeyRing>.Instance);

    private static HeldKey? Find(KeyRing ring, string text) =>
        KeyText.TryRead(text, out var id, out var secret) ? ring.Current.Find(id, secret) : null;
}
