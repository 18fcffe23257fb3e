using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gantry.Access;

/// <summary>All keys at one moment.</summary>
internal sealed class KeySet
{
    private readonly FrozenDictionary<string, HeldKey> _held;

    private KeySet(ImmutableArray<ApiKey> keys, FrozenDictionary<string, HeldKey> held) =>
        (Keys, _held) = (keys, held);

    /// <summary>Those included that ended.</summary>
    public ImmutableArray<ApiKey> Keys { get; }

    /// <param name="previous">Whose unchanged keys go on with what is left of their limits.
    /// </param>
    public static KeySet Of(ImmutableArray<ApiKey> keys, KeySet? previous, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new(
            keys,
            keys.Where(key => key.IsValid(now))
                .ToFrozenDictionary(
                    key => key.Id,
                    key =>
                        previous?._held.GetValueOrDefault(key.Id) is { } held && held.Key == key
                            ? held
                            : new HeldKey(key, new(key.Limits, time), new()),
                    StringComparer.Ordinal
                )
        );
    }

    /// <summary>The key in force that this is; null for all others, after the same work.</summary>
    public HeldKey? Find(ReadOnlySpan<char> id, ReadOnlySpan<char> secret)
    {
        _held.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var held);
        var isIt = (held?.Key.Secret ?? KeySecret.Unknown).Recognises(secret);
        return isIt ? held : null;
    }

    public void EndThoseNotIn(KeySet next)
    {
        foreach (var (id, held) in _held)
        {
            if (next._held.GetValueOrDefault(id) != held)
            {
                held.End.Cancel();
            }
        }
    }
}

/// <summary>A key in force, and what is left of its limits.</summary>
/// <param name="End">Cancelled when it is in force no longer.</param>
internal sealed record HeldKey(ApiKey Key, Budget Budget, CancellationTokenSource End);

/// <summary>What a new key shall be.</summary>
internal sealed record KeyTerms(string Name, Role Role, string? Tenant, Limits Limits)
{
    /// <summary>Null for never.</summary>
    public TimeSpan? ExpiresIn { get; init; }
}

/// <param name="Text">As its holder needs it; kept nowhere.</param>
internal sealed record NewKey(ApiKey Key, string Text)
{
    public static NewKey Of(KeyTerms terms, DateTimeOffset now)
    {
        var (id, secret) = (KeyText.NewId(), KeyText.NewSecret());
        var key = new ApiKey(id, terms.Name, terms.Role, terms.Tenant, terms.Limits, now)
        {
            ExpiresAt = now + terms.ExpiresIn,
            Secret = KeySecret.Of(secret),
        };
        return new(key, KeyText.Of(id, secret));
    }

    public override string ToString() => Key.Id;
}
