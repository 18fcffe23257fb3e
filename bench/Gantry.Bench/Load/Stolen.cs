using System.Globalization;

namespace Gantry.Bench.Load;

/// <summary>
/// What the processors of this machine have spent so far, and how much of that a host gave to other
/// machines while this one had something to do (<c>steal</c> in <c>proc_stat(5)</c>).
/// </summary>
internal readonly record struct Stolen(long Ticks, long OfTicks)
{
    // Of the fields behind the name "cpu". Those after it are counted in others already.
    private const int Steal = 7;

    public double Share => OfTicks == 0 ? 0 : (double)Ticks / OfTicks;

    public static Stolen operator -(Stolen end, Stolen begin) =>
        new(end.Ticks - begin.Ticks, end.OfTicks - begin.OfTicks);

    public static Stolen SoFar()
    {
        var fields = File.ReadLines("/proc/stat")
            .First()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Take(Steal + 1)
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture))
            .ToList();
        return new(fields[Steal], fields.Sum());
    }
}
