using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Gantry.Access;

/// <summary>
/// What one connection remembers of who came over it: the same credentials again need no second
/// look. When they end, so does the connection, with every stream on it, and a moment for goodbyes.
/// </summary>
internal sealed class Doorstep(Listener listener, Action abort, TimeProvider time) : IDisposable
{
    /// <summary>How long streams have to say goodbye, and calls to end, once nobody is welcome.
    /// </summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    private Recollection? _last;
    private CancellationTokenSource? _leaving;
    private CancellationTokenRegistration _end;

    public Listener Listener { get; } = listener;

    public static Doorstep? Of(HttpContext context) => context.Features.Get<Doorstep>();

    /// <summary>Null when these are others, or when something has changed since.</summary>
    public Admission? Recall(Edition edition, Presented presented) =>
        Volatile.Read(ref _last) is { } last
        && ReferenceEquals(last.Edition, edition)
        && last.Presented.Equals(presented)
        && !last.Admission.Ended.IsCancellationRequested
            ? last.Admission
            : null;

    public void Remember(Edition edition, Presented presented, Admission admission)
    {
        Volatile.Write(ref _last, new(edition, presented, admission));
        if (admission.Ended.CanBeCanceled)
        {
            _end.Unregister();
            _end = admission.Ended.UnsafeRegister(
                static state => (state as Doorstep)?.Leave(),
                this
            );
        }
    }

    public void Dispose()
    {
        _end.Unregister();
        _leaving?.Dispose();
    }

    // Over a proxy's connection somebody else may be speaking by now.
    private void Leave()
    {
        if (IsOver)
        {
            _leaving = new(s_farewell, time);
            _leaving.Token.Register(Abort);
        }
    }

    private void Abort()
    {
        if (IsOver)
        {
            abort();
        }
    }

    private bool IsOver =>
        Volatile.Read(ref _last)?.Admission.Ended.IsCancellationRequested is true;

    private sealed record Recollection(Edition Edition, Presented Presented, Admission Admission);
}

/// <summary>The credentials of a request as they stand in its headers.</summary>
/// <param name="Authorization">Empty when absent.</param>
/// <param name="Key">The X-API-Key header; empty when absent.</param>
internal readonly record struct Presented(string Authorization, string Key)
{
    public const string KeyHeader = "X-API-Key";

    public bool IsNothing => Authorization.Length == 0 && Key.Length == 0;

    public static Presented By(HttpRequest request) =>
        new(request.Headers.Authorization.ToString(), request.Headers[KeyHeader].ToString());

    // In constant time: over a proxy's connection the other one may be somebody else's.
    public bool Equals(Presented other) =>
        Same(Authorization, other.Authorization) && Same(Key, other.Key);

    public override int GetHashCode() => HashCode.Combine(Authorization, Key);

    public override string ToString() => IsNothing ? "nothing" : "(credentials)";

    private static bool Same(string one, string other) =>
        ReferenceEquals(one, other)
        || CryptographicOperations.FixedTimeEquals(
            MemoryMarshal.AsBytes(one.AsSpan()),
            MemoryMarshal.AsBytes(other.AsSpan())
        );
}
