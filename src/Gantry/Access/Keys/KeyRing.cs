using System.Collections.Immutable;

namespace Gantry.Access;

/// <summary>The API keys in force. A change takes effect at once, also for streams that are open.
/// </summary>
internal sealed partial class KeyRing : IDisposable
{
    /// <summary>How many keys there may be, those included that ended lately.</summary>
    public const int MaxKeys = 1_000;

    /// <summary>How long a key that ended is still listed.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromDays(90);

    /// <summary>No timer is set further ahead.</summary>
    private static readonly TimeSpan s_furthest = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly KeyPlace? _place;
    private readonly TimeProvider _time;
    private readonly ILogger<KeyRing> _logger;
    private readonly ITimer _expiry;
    private KeySet _current;
    private string? _trouble;

    /// <summary>The keys of a file, from now on.</summary>
    /// <exception cref="Daemon.StartRefusedException">It cannot be read.</exception>
    public static KeyRing Open(string path, TimeProvider time, ILogger<KeyRing> logger)
    {
        var (place, keys) = KeyPlace.Open(path);
        return new(keys, place, time, logger);
    }

    /// <summary>Keys that are kept nowhere.</summary>
    public static KeyRing InMemory(TimeProvider time, ILogger<KeyRing> logger) =>
        new([], null, time, logger);

    private KeyRing(
        ImmutableArray<ApiKey> keys,
        KeyPlace? place,
        TimeProvider time,
        ILogger<KeyRing> logger
    )
    {
        (_place, _time, _logger) = (place, time, logger);
        _expiry = time.CreateTimer(
            static state => (state as KeyRing)?.Refresh(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        _current = KeySet.Of(keys, previous: null, time);
        SetTimer();
    }

    public KeySet Current => Volatile.Read(ref _current);

    /// <summary>Makes a key and gives it as its holder needs it: the only time that it can be seen.
    /// </summary>
    /// <exception cref="TooManyKeysException">There is no room.</exception>
    /// <exception cref="KeysNotKeptException">It cannot be kept; nothing has changed.</exception>
    public NewKey Create(KeyTerms terms) =>
        Change(() =>
        {
            var now = _time.GetUtcNow();
            var kept = _current.Keys.RemoveAll(key => IsForgotten(key, now));
            if (kept.Length >= MaxKeys)
            {
                throw new TooManyKeysException();
            }

            var made = NewKey.Of(terms, now);
            Replace(kept.Add(made.Key));
            LogCreated(made.Key.Id, made.Key.Name, made.Key.Role);
            return made;
        });

    /// <summary>Ends a key. Null when there is none with this id that <paramref name="mayEnd"/>.
    /// </summary>
    /// <exception cref="KeysNotKeptException">That cannot be kept; nothing has changed.</exception>
    public ApiKey? Revoke(string id, Func<ApiKey, bool> mayEnd) =>
        Change(() =>
        {
            var key = _current.Keys.FirstOrDefault(key => key.Id == id && mayEnd(key));
            if (key is null or { RevokedAt: not null })
            {
                return key;
            }

            var revoked = key with { RevokedAt = _time.GetUtcNow() };
            Replace(_current.Keys.Replace(key, revoked));
            LogRevoked(revoked.Id, revoked.Name);
            return revoked;
        });

    /// <summary>Takes up what another process made of them. What cannot be read changes nothing.
    /// </summary>
    public void LookAgain()
    {
        lock (_lock)
        {
            try
            {
                TakeUp();
                _trouble = null;
            }
            catch (Exception exception) when (KeyPlace.IsUnreadable(exception))
            {
                if (_trouble != exception.Message)
                {
                    _trouble = exception.Message;
                    LogKept(exception.Message);
                }
            }
        }
    }

    public void Dispose() => _expiry.Dispose();

    // On what is there now: another process may have changed them a moment ago.
    private T Change<T>(Func<T> change)
    {
        lock (_lock)
        {
            try
            {
                using var held = _place?.Hold();
                TakeUp();
                return change();
            }
            catch (Exception exception) when (KeyPlace.IsUnreadable(exception))
            {
                throw new KeysNotKeptException(exception);
            }
        }
    }

    private void TakeUp()
    {
        if (_place?.Changed() is { } keys)
        {
            Publish(keys);
            LogTakenUp(keys.Length);
        }
    }

    private void Refresh()
    {
        lock (_lock)
        {
            Publish(_current.Keys);
        }
    }

    private void Replace(ImmutableArray<ApiKey> keys)
    {
        _place?.Write(keys);
        Publish(keys);
    }

    private void Publish(ImmutableArray<ApiKey> keys)
    {
        var was = _current;
        Volatile.Write(ref _current, KeySet.Of(keys, was, _time));
        was.EndThoseNotIn(_current);
        SetTimer();
    }

    private void SetTimer()
    {
        var now = _time.GetUtcNow();
        var next = _current
            .Keys.Where(key => key.IsValid(now))
            .Select(key => key.ExpiresAt - now)
            .Min();
        _expiry.Change(
            next is null ? Timeout.InfiniteTimeSpan
                : next < s_furthest ? next.Value
                : s_furthest,
            Timeout.InfiniteTimeSpan
        );
    }

    private static bool IsForgotten(ApiKey key, DateTimeOffset now) =>
        (key.RevokedAt ?? key.ExpiresAt) + s_memory < now;

    [LoggerMessage(LogLevel.Information, "API key {Id} ({Name}) created, {Role}")]
    private partial void LogCreated(string id, string name, Role role);

    [LoggerMessage(LogLevel.Information, "API key {Id} ({Name}) revoked")]
    private partial void LogRevoked(string id, string name);

    [LoggerMessage(LogLevel.Information, "API keys were changed elsewhere; {Count} read again")]
    private partial void LogTakenUp(int count);

    [LoggerMessage(LogLevel.Warning, "API keys cannot be read again and stay as they were: {Why}")]
    private partial void LogKept(string why);
}

internal sealed class KeysNotKeptException(Exception why)
    : Exception($"The API keys cannot be changed: {why.Message}", why);

internal sealed class TooManyKeysException()
    : Exception(
        $"There are {KeyRing.MaxKeys} keys already. Revoke some; they are forgotten later."
    );
