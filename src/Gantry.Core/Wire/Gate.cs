namespace Gantry.Wire;

/// <summary>
/// Stands in front of one instance. A call enters or is refused; once the gate is closed nobody
/// enters, so whoever closed it can wait for the last call to leave.
/// </summary>
public sealed class Gate
{
    private const int ClosedBit = 1 << 30;

    private int _state;

    public int CallsInside => Volatile.Read(ref _state) & ~ClosedBit;

    public bool IsClosed => (Volatile.Read(ref _state) & ClosedBit) != 0;

    /// <summary>False when closed: the call must look for another instance.</summary>
    // Not an increment that a late-comer takes back: while it stands inside, the last real call
    // would leave without knowing that it was the last.
    public bool TryEnter()
    {
        var seen = Volatile.Read(ref _state);
        while ((seen & ClosedBit) == 0)
        {
            var was = Interlocked.CompareExchange(ref _state, seen + 1, seen);
            if (was == seen)
            {
                return true;
            }

            seen = was;
        }

        return false;
    }

    /// <summary>True when this was the last call inside a closed gate.</summary>
    public bool Leave() => Interlocked.Decrement(ref _state) == ClosedBit;

    /// <summary>True when it was open and is now closed with nobody inside.</summary>
    public bool Close() => Interlocked.Or(ref _state, ClosedBit) == 0;

    /// <summary>
    /// Closes it unless somebody is inside; false, and still open, when somebody is.
    /// </summary>
    public bool TryCloseEmpty() =>
        Interlocked.CompareExchange(ref _state, ClosedBit, 0) is 0 or ClosedBit;
}
