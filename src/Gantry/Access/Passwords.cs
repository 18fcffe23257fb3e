using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gantry.Config;

namespace Gantry.Access;

/// <summary>Names and passwords. Slow on purpose, and one at a time, so that guessing takes neither
/// the secret nor the machine.</summary>
internal sealed class Passwords
{
    /// <summary>How many right answers are remembered, so that each page is not as slow.</summary>
    private const int MaxRemembered = 256;

    // One for all, over changes of the settings.
    private static readonly SemaphoreSlim s_turn = new(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly FrozenDictionary<string, UserSettings> _users;
    private readonly Dictionary<string, Principal> _right = new(StringComparer.Ordinal);
    private readonly Lazy<FrozenDictionary<string, PasswordHash>> _hashes;

    // For names that nobody has, so that they take as long.
    private readonly Lazy<PasswordHash> _nobodys = new(() =>
        PasswordHash.Of(RandomNumberGenerator.GetHexString(32))
    );

    public Passwords(ImmutableArray<UserSettings> users)
    {
        _users = users
            .DistinctBy(user => user.Name)
            .ToFrozenDictionary(user => user.Name, StringComparer.Ordinal);
        _hashes = new(() =>
            _users.ToFrozenDictionary(user => user.Key, user => HashOf(user.Value))
        );
    }

    /// <summary>Null when they do not belong together.</summary>
    public async ValueTask<Principal?> CheckAsync(
        string name,
        string password,
        CancellationToken cancellationToken
    )
    {
        var mark = Mark(name, password);
        await s_turn.WaitAsync(cancellationToken);
        try
        {
            if (_right.TryGetValue(mark, out var known))
            {
                return known;
            }

            var hash = _hashes.Value.GetValueOrDefault(name) ?? _nobodys.Value;
            var isRight = await Task.Run(() => hash.Recognises(password), cancellationToken);
            return isRight && _users.TryGetValue(name, out var user) ? Remember(mark, user) : null;
        }
        finally
        {
            s_turn.Release();
        }
    }

    private Principal Remember(string mark, UserSettings user)
    {
        if (_right.Count >= MaxRemembered)
        {
            _right.Clear();
        }

        return _right[mark] = new($"basic:{user.Name}", PrincipalKind.Basic, user.Role)
        {
            Tenancy = Tenancy.Of(user.Tenant),
        };
    }

    // Not the password itself, and nothing that could be looked up elsewhere.
    private string Mark(string name, string password) =>
        Convert.ToHexString(
            HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{name.Length}:{name}:{password}"))
        );

    private static PasswordHash HashOf(UserSettings user) =>
        user.Hash
        ?? PasswordHash.Of(user.Password?.Value ?? RandomNumberGenerator.GetHexString(32));
}
