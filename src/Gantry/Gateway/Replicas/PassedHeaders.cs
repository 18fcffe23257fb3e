using System.Collections.Frozen;
using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;

namespace Gantry.Gateway.Replicas;

/// <summary>Headers on their way through: all but those that were for one connection alone.</summary>
internal static class PassedHeaders
{
    private const string Client = "X-Forwarded-For";

    // The length is said again by whoever sends the body.
    private static readonly FrozenSet<string> s_ofConnection = FrozenSet.ToFrozenSet(
        [
            "Connection",
            "Keep-Alive",
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "Proxy-Connection",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Expect",
            "Host",
            "Content-Length",
            Peers.ForwardedHeader,
            Client,
        ],
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>Gives the request what the client sent, and who it was.</summary>
    // With the Host that the client used: what it may use is the same at all replicas.
    public static void Copy(HttpRequest from, HttpRequestMessage to)
    {
        var named = from.Headers.Connection;
        foreach (var (name, values) in from.Headers)
        {
            if (!IsOfConnection(name, named))
            {
                Add(to, name, values);
            }
        }

        to.Headers.Host = from.Host.ToString();
        var address = from.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "";
        to.Headers.TryAddWithoutValidation(
            Client,
            StringValues.Concat(from.Headers[Client], address).ToString()
        );
    }

    /// <summary>Makes what a client sent on a stream, or to begin one, a message of its own.
    /// </summary>
    /// <param name="own">What is said of the message itself.</param>
    public static void MakePost(
        HttpRequestMessage request,
        IEnumerable<KeyValuePair<string, string>> own
    )
    {
        var headers = request.Headers;
        var ofStream = headers.NonValidated.Select(one => one.Key).Where(IsOfStream).ToArray();
        foreach (var name in ofStream)
        {
            headers.Remove(name);
        }

        foreach (var (name, value) in own)
        {
            headers.TryAddWithoutValidation(name, value);
        }

        request.Content?.Headers.Clear();
        request.Content?.Headers.ContentType = new("application/json");
    }

    /// <summary>Gives the client what the other replica answered.</summary>
    public static void Copy(HttpResponseMessage from, HttpResponse to)
    {
        to.StatusCode = (int)from.StatusCode;
        var named = new StringValues([.. from.Headers.Connection]);
        Copy(from.Headers, named, to);
        Copy(from.Content.Headers, named, to);
        to.ContentLength = from.Content.Headers.ContentLength;
    }

    private static void Copy(HttpHeaders from, StringValues named, HttpResponse to)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            if (!IsOfConnection(name, named))
            {
                to.Headers[name] = new StringValues([.. values]);
            }
        }
    }

    private static void Add(HttpRequestMessage to, string name, StringValues values)
    {
        if (!to.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
        {
            to.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private static bool IsOfStream(string name) =>
        name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Mcp-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Accept", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Last-Event-ID", StringComparison.OrdinalIgnoreCase);

    private static bool IsOfConnection(string name, StringValues named) =>
        s_ofConnection.Contains(name)
        || named.Any(list =>
            list?.Split(',', StringSplitOptions.TrimEntries)
                .Contains(name, StringComparer.OrdinalIgnoreCase) == true
        );
}
