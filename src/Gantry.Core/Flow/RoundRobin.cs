using System.Diagnostics.CodeAnalysis;

namespace Gantry.Flow;

/// <summary>
/// Waiting items of many clients, taken one of each client in turn. Bounded: when it is full, the
/// client with the most items gives up its newest for a client that has fewer.
/// </summary>
/// <remarks>Not for several threads at once.</remarks>
public sealed class RoundRobin<T>(int capacity)
    where T : class
{
    private int _capacity = capacity;

    // Who comes next stands first; whoever was served goes to the end.
    private readonly LinkedList<Line> _turns = new();
    private readonly Dictionary<object, LinkedListNode<Line>> _lines = [];

    public int Count { get; private set; }

    /// <summary>How many clients have something waiting.</summary>
    public int Clients => _turns.Count;

    /// <summary>Nothing that waits has to go for it.</summary>
    public void Resize(int capacity) => _capacity = capacity;

    /// <param name="client">Compared with <see cref="object.Equals(object?)"/>.</param>
    /// <param name="displaced">What had to go for it.</param>
    /// <returns>False when there is no room, and nobody waits with more than this client.</returns>
    public bool TryAdd(object client, T item, out T? displaced)
    {
        displaced = null;
        if (Count >= _capacity && !TryDisplace(client, out displaced))
        {
            return false;
        }

        LineOf(client).Value.Items.AddLast(item);
        Count++;
        return true;
    }

    public bool TryTake([NotNullWhen(true)] out T? item)
    {
        item = null;
        if (_turns.First is not { } turn || turn.Value.Items.First is not { } first)
        {
            return false;
        }

        item = first.Value;
        turn.Value.Items.RemoveFirst();
        Count--;
        _turns.Remove(turn);
        if (turn.Value.Items.Count > 0)
        {
            _turns.AddLast(turn);
        }
        else
        {
            _lines.Remove(turn.Value.Client);
        }

        return true;
    }

    /// <returns>False when it is not there any more.</returns>
    public bool Remove(object client, T item)
    {
        if (!_lines.TryGetValue(client, out var turn) || !turn.Value.Items.Remove(item))
        {
            return false;
        }

        Count--;
        Close(turn);
        return true;
    }

    private LinkedListNode<Line> LineOf(object client)
    {
        if (!_lines.TryGetValue(client, out var turn))
        {
            turn = _turns.AddLast(new Line(client));
            _lines[client] = turn;
        }

        return turn;
    }

    private bool TryDisplace(object client, [NotNullWhen(true)] out T? displaced)
    {
        displaced = null;
        var own = _lines.TryGetValue(client, out var mine) ? mine.Value.Items.Count : 0;
        var longest = Longest();
        if (longest?.Value.Items is not { Last: { } newest } items || items.Count <= own + 1)
        {
            return false;
        }

        displaced = newest.Value;
        items.RemoveLast();
        Count--;
        Close(longest);
        return true;
    }

    private LinkedListNode<Line>? Longest()
    {
        var longest = _turns.First;
        for (var turn = longest; turn is not null; turn = turn.Next)
        {
            if (turn.Value.Items.Count > longest?.Value.Items.Count)
            {
                longest = turn;
            }
        }

        return longest;
    }

    private void Close(LinkedListNode<Line> turn)
    {
        if (turn.Value.Items.Count == 0)
        {
            _turns.Remove(turn);
            _lines.Remove(turn.Value.Client);
        }
    }

    private sealed record Line(object Client)
    {
        public LinkedList<T> Items { get; } = new();
    }
}
