using System.Collections.Immutable;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>The streams on which one caller hears what changes at one server.</summary>
internal sealed class Listens
{
    private ImmutableArray<ListenStream> _streams = [];

    public bool IsEmpty => _streams.IsEmpty;

    public void Add(ListenStream stream) =>
        ImmutableInterlocked.Update(ref _streams, static (all, one) => all.Add(one), stream);

    public void Remove(ListenStream stream) =>
        ImmutableInterlocked.Update(ref _streams, static (all, one) => all.Remove(one), stream);

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
