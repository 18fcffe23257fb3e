namespace Gantry.Planning;

internal static class Moments
{
    extension(DateTimeOffset at)
    {
        /// <summary>The sum; the end of time where a generous timeout would go past it.</summary>
        public DateTimeOffset Plus(TimeSpan span) =>
            span < DateTimeOffset.MaxValue - at ? at + span : DateTimeOffset.MaxValue;
    }
}
