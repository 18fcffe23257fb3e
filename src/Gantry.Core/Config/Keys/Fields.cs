using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Keys;

/// <summary>
/// A mapping read by a table of keys. Reports, when made, every key that is unknown, twice there or
/// without effect; and every value of the wrong kind when it is asked for.
/// </summary>
internal sealed class Fields
{
    private readonly Dictionary<string, Entry> _found = new(StringComparer.Ordinal);
    private readonly KeyTable _table;
    private readonly Report _report;

    public Fields(Node.Mapping mapping, KeyTable table, Report report)
    {
        (_table, _report, Place) = (table, report, mapping.Place);
        foreach (var entry in mapping.Entries)
        {
            Note(entry);
        }
    }

    public Place Place { get; }

    /// <summary>Whether something was found that belongs to a later version.</summary>
    public bool NeedsLaterVersion { get; private set; }

    /// <summary>The value of the key; <paramref name="otherwise"/> when it is absent, or wrong and
    /// reported.</summary>
    public T Get<T>(Key<T> key, T otherwise) =>
        _found.TryGetValue(key.Name, out var entry)
            ? key.Value.Read(key.Name, entry.Value, _report, otherwise)
            : otherwise;

    public bool Has(Key key) => _found.ContainsKey(key.Name);

    /// <summary>Where the key stands; the place of the whole when it is absent.</summary>
    public Place PlaceOf(Key key) =>
        _found.TryGetValue(key.Name, out var entry) ? entry.Key.Place : Place;

    private void Note(Entry entry)
    {
        var name = entry.Key.Text;
        if (_found.TryGetValue(name, out var first))
        {
            _report.Add(entry.Key.Place, KeyFaults.DuplicateKey(name, first.Key.Place));
        }
        else if (_table.Find(name) is not { } key)
        {
            NoteUnknown(entry.Key);
        }
        // An empty value is an absent one: "env:" with everything below it commented out.
        else if (entry.Value is not Node.Scalar { IsNull: true })
        {
            _found.Add(name, entry);
            NoteStanding(key, entry.Key.Place);
        }
    }

    // Keys that begin with x- are the author's own, for anchors and notes.
    private void NoteUnknown(Node.Scalar key)
    {
        if (!key.Text.StartsWith("x-", StringComparison.Ordinal))
        {
            var nearest = _table.Nearest(key.Text);
            _report.Add(key.Place, KeyFaults.UnknownKey(key.Text, nearest, _report.IsForeign));
        }
    }

    private void NoteStanding(Key key, Place place)
    {
        if (key.Standing is Standing.Idle)
        {
            _report.Add(place, KeyFaults.Idle(key.Name));
        }
        else if (key.Missing is var (what, instead))
        {
            NeedsLaterVersion = true;
            _report.Add(place, KeyFaults.Later(what, instead, _report.IsForeign));
        }
    }
}
