namespace Gantry.TestServer;

/// <summary>The server's state: how many calls it has answered, how many were cancelled.</summary>
internal static class Counter
{
    private static int s_calls;
    private static int s_cancellations;
    private static int s_running;

    public static int Calls => Volatile.Read(ref s_calls);

    public static int Cancellations => Volatile.Read(ref s_cancellations);

    /// <summary>Requests that have no answer yet.</summary>
    public static int Running => Volatile.Read(ref s_running);

    public static int Increment() => Interlocked.Increment(ref s_calls);

    public static void Began() => Interlocked.Increment(ref s_running);

    public static void Ended() => Interlocked.Decrement(ref s_running);

    public static void Cancelled() => Interlocked.Increment(ref s_cancellations);
}
