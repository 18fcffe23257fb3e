using System.Collections.Immutable;
using System.Security.Cryptography;
using Gantry.Config;
using Gantry.Gateway.Replicas;

namespace Gantry.Gateway.Flow;

/// <summary>
/// Pages of results that were too large to be given at once, until they are fetched or forgotten:
/// the oldest go first when there is no room, and all after a while.
/// </summary>
internal sealed class KeptResults(GatewayLimits limits, Peers peers, TimeProvider time)
{
    private const int IdBytes = 16;

    private readonly Lock _lock = new();
    private readonly LinkedList<Kept> _byAge = new();
    private readonly Dictionary<string, LinkedListNode<Kept>> _byId = new(StringComparer.Ordinal);
    private long _bytes;

    public TimeSpan Lifetime => limits.KeptResultTimeout;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>By how much an id is longer that other replicas understand.</summary>
    public int NameLength => peers.NameLength;

    /// <param name="travels">Whether other replicas shall understand the id, too.</param>
    /// <returns>The id under which the owner finds it; null when there is no room for it at all.
    /// </returns>
    public string? Keep(
        string owner,
        ServerName server,
        ImmutableArray<ReadOnlyMemory<byte>> pages,
        bool travels
    )
    {
        var size = pages.Sum(page => (long)page.Length);
        if (size > limits.MaxKeptResults)
        {
            return null;
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        id = travels ? peers.Name(id) : id;
        var until = time.GetUtcNow() + limits.KeptResultTimeout;
        lock (_lock)
        {
            Forget(size);
            _byId[id] = _byAge.AddLast(new Kept(id, owner, server, pages, size, until));
            _bytes += size;
        }

        return id;
    }

    /// <summary>The pages; none when nobody of that name keeps any, or not any more.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Find(string owner, ServerName server, string id)
    {
        lock (_lock)
        {
            Forget(0);
            return
                _byId.GetValueOrDefault(id)?.Value is { } kept
                && kept.Server == server
                && string.Equals(kept.Owner, owner, StringComparison.Ordinal)
                ? kept.Pages
                : [];
        }
    }

    /// <summary>Whose result it is; null when it is not kept any more.</summary>
    public ServerName? ServerOf(string id)
    {
        lock (_lock)
        {
            return _byId.GetValueOrDefault(id)?.Value.Server;
        }
    }

    /// <summary>Forgets what nobody can fetch any more.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            Forget(0);
        }
    }

    private void Forget(long room)
    {
        var now = time.GetUtcNow();
        while (
            _byAge.First is { } oldest
            && (oldest.Value.Until <= now || _bytes + room > limits.MaxKeptResults)
        )
        {
            _byAge.Remove(oldest);
            _byId.Remove(oldest.Value.Id);
            _bytes -= oldest.Value.Size;
        }
    }

    private sealed record Kept(
        string Id,
        string Owner,
        ServerName Server,
        ImmutableArray<ReadOnlyMemory<byte>> Pages,
        long Size,
        DateTimeOffset Until
    );
}
