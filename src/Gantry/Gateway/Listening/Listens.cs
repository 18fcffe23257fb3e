using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>The streams on which one caller hears what changes, and what it was given of lists that
/// may change.</summary>
internal sealed class Listens
{
    private const int MaxLists = 1_000;

    private readonly ConcurrentDictionary<(ServerName, string), SeatLists> _lists = new();
    private ImmutableArray<ListenStream> _streams = [];

    public bool IsEmpty => _streams.IsEmpty;

    /// <summary>The lists of instances that are lent, one after the other, to one of the caller's
    /// clients.</summary>
    /// <param name="client">What the client says of itself, by which servers may list.</param>
    public SeatLists ListsAt(ServerName server, string client)
    {
        // What is lost is fetched again.
        if (_lists.Count >= MaxLists)
        {
            _lists.Clear();
        }

        return _lists.GetOrAdd((server, client), static _ => new());
    }

    public void Add(ListenStream stream) =>
        ImmutableInterlocked.Update(ref _streams, static (all, one) => all.Add(one), stream);

    public void Remove(ListenStream stream) =>
        ImmutableInterlocked.Update(ref _streams, static (all, one) => all.Remove(one), stream);

    /// <summary>Lists that are not what they were are to be fetched before they are given
    /// again.</summary>
    public void Forget(ServerName server, Frame changed)
    {
        foreach (var ((its, _), lists) in _lists)
        {
            if (its == server)
            {
                ListChanges.Forget(lists, changed);
            }
        }
    }

    /// <summary>Brings a change to those who asked for such. The frame stays the caller's.</summary>
    public void Send(Frame change)
    {
        foreach (var stream in _streams)
        {
            stream.Send(change);
        }
    }

    /// <summary>Whether any stream wants to hear about this resource.</summary>
    public bool Wants(string uri) => _streams.Any(stream => stream.Uris.Contains(uri));

    public void End()
    {
        foreach (var stream in _streams)
        {
            stream.End();
        }
    }
}
