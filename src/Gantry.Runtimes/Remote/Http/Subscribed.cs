using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>What a session was told that the next one must be told again: the resources that it
/// follows.</summary>
internal sealed class Subscribed
{
    /// <summary>How many are remembered.</summary>
    private const int MaxResources = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _requests = new(StringComparer.Ordinal);

    public void Note(Frame request)
    {
        var begins = request.IsMethod("resources/subscribe"u8);
        var ends = !begins && request.IsMethod("resources/unsubscribe"u8);
        if ((begins || ends) && ProtocolHeaders.Text(request.Written(request.Uri)) is { } uri)
        {
            Note(uri, begins ? Bodies.Write(request, default, default, default).ToArray() : null);
        }
    }

    /// <summary>The requests that bring it about again.</summary>
    public IReadOnlyList<Frame> Again()
    {
        lock (_lock)
        {
            return [.. _requests.Values.Select(request => Frame.Parse(request))];
        }
    }

    private void Note(string uri, byte[]? request)
    {
        lock (_lock)
        {
            if (request is null)
            {
                _requests.Remove(uri);
            }
            else if (_requests.Count < MaxResources)
            {
                _requests[uri] = request;
            }
        }
    }
}
