using System.Collections.Immutable;
using Gantry.Storage;

namespace Gantry.Runtimes.Remote.Secrets;

/// <summary>
/// The one place where credentials for other servers are kept: an encrypted file, and its key
/// elsewhere. Several programs may use it at the same time.
/// </summary>
/// <remarks>A vault that cannot be opened is never overwritten.</remarks>
public sealed class Vault : IDisposable
{
    /// <summary>How often somebody else's change is looked for, at most.</summary>
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(100);

    /// <summary>How long another program may hold the lock.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _oneWriter = new(1);
    private readonly string _directory;
    private readonly string _file;
    private readonly VaultKeySource _keys;
    private readonly TimeProvider _time;
    private Opened _opened = new(Stamp.None, VaultContent.Empty, long.MinValue);

    /// <param name="directory">Readable by its owner only; it need not be there yet.</param>
    /// <param name="environment">Finds <c>GANTRY_VAULT_KEY</c> and its like.</param>
    public Vault(string directory, Func<string, string?> environment, TimeProvider time)
    {
        _directory = directory;
        _file = Path.Combine(directory, "vault");
        _keys = new(Path.Combine(directory, "vault.key"), environment);
        _time = time;
    }

    /// <summary>What it holds now; what another program wrote is seen within a moment.</summary>
    /// <exception cref="VaultException">It cannot be opened.</exception>
    internal VaultContent Read()
    {
        var opened = Volatile.Read(ref _opened);
        var now = _time.GetTimestamp();
        return
            opened.LookedAt != long.MinValue
            && _time.GetElapsedTime(opened.LookedAt, now) < s_glance
            ? opened.Content
            : Look(opened, now);
    }

    /// <summary>Changes it, against what is there at that moment.</summary>
    /// <exception cref="VaultException">It cannot be opened or written; nothing is changed.
    /// </exception>
    internal async ValueTask<VaultContent> UpdateAsync(
        Func<VaultContent, VaultContent> change,
        CancellationToken cancellationToken
    )
    {
        await _oneWriter.WaitAsync(cancellationToken);
        try
        {
            PrivateFile.CreateDirectory(_directory);
            using var only = await LockAsync(cancellationToken);
            var was = ReadFile(out var keys);
            var content = change(was);
            return ReferenceEquals(content, was) ? was : Write(content, keys ?? _keys.Make());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw VaultException.Unreachable(_file, exception);
        }
        finally
        {
            _oneWriter.Release();
        }
    }

    /// <summary>Seals everything with a new key, and forgets the old ones.</summary>
    /// <returns>False when the keys are not Gantry's own to change; then the vault is sealed with
    /// the first of those that were given.</returns>
    /// <exception cref="VaultException">It cannot be opened or written.</exception>
    public async Task<bool> RotateAsync(CancellationToken cancellationToken)
    {
        if (_keys.IsOwn)
        {
            // First both are there, then the vault is sealed anew, then only the new one is left:
            // it can be opened at each moment, whatever happens in between.
            var old = _keys.Read()?.Keys ?? [];
            _keys.Write(new([VaultKey.Make(), .. old], _file));
        }

        await UpdateAsync(content => content with { }, cancellationToken);
        if (_keys.IsOwn && _keys.Read() is { } ring)
        {
            _keys.Write(ring with { Keys = [ring.Current] });
        }

        return _keys.IsOwn;
    }

    public void Dispose() => _oneWriter.Dispose();

    private VaultContent Look(Opened opened, long now)
    {
        try
        {
            var stamp = Stamp.Of(_file);
            var content =
                opened.LookedAt != long.MinValue && stamp == opened.Stamp
                    ? opened.Content
                    : ReadFile(out _);
            Volatile.Write(ref _opened, new(stamp, content, now));
            return content;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw VaultException.Unreachable(_file, exception);
        }
    }

    private VaultContent ReadFile(out VaultKeys? keys)
    {
        keys = _keys.Read();
        if (!File.Exists(_file))
        {
            return VaultContent.Empty;
        }

        var missing = new VaultKeys(ImmutableArray<VaultKey>.Empty, "any place: there is no key");
        return SealedVault.Open(File.ReadAllBytes(_file), keys ?? missing, _file);
    }

    private VaultContent Write(VaultContent content, VaultKeys keys)
    {
        PrivateFile.Write(_file, SealedVault.Seal(content, keys.Current));
        Volatile.Write(ref _opened, new(Stamp.Of(_file), content, _time.GetTimestamp()));
        return content;
    }

    // The kernel ends the lock with the process that holds it, however that ends.
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return PrivateFile.Open(_file + ".lock", FileMode.OpenOrCreate);
            }
            catch (IOException) when (_time.GetElapsedTime(began) < s_patience)
            {
                await Task.Delay(s_pause, _time, cancellationToken);
            }
        }
    }

    private sealed record Opened(Stamp Stamp, VaultContent Content, long LookedAt);

    private readonly record struct Stamp(DateTime WrittenAt, long Length)
    {
        public static Stamp None => default;

        public static Stamp Of(string path) =>
            new FileInfo(path) is { Exists: true } file
                ? new(file.LastWriteTimeUtc, file.Length)
                : None;
    }
}
