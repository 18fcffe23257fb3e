using System.Collections.Concurrent;

namespace Gantry.Wire;

/// <summary>
/// What the client of each session said in its <c>initialize</c>, for the runtime that starts the
/// session's own instance and introduces itself there in the client's name.
/// </summary>
/// <remarks>
/// Registered before the session's demand is noted and removed when the session ends. A session
/// that is not here is gone, or is shared: Gantry then speaks for itself, with no capabilities.
/// </remarks>
public sealed class SessionHandshakes
{
    private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> _params = new(
        StringComparer.Ordinal
    );

    /// <param name="initializeParams">The <c>params</c> object, as the client wrote it, in a buffer
    /// of its own.</param>
    public void Register(string session, ReadOnlyMemory<byte> initializeParams) =>
        _params[session] = initializeParams;

    // A bare null would be an empty memory here: arrays convert to it, and so does no array.
    public ReadOnlyMemory<byte>? Find(string session) =>
        _params.TryGetValue(session, out var initializeParams)
            ? initializeParams
            : default(ReadOnlyMemory<byte>?);

    public void Remove(string session) => _params.TryRemove(session, out _);
}
