using System.Net.Http;

namespace Gantry.Runtimes.Remote;

/// <summary>A request to an origin, which can be made a message more than once.</summary>
internal sealed record OriginRequest(HttpMethod Method, Uri Url)
{
    public required string Accept { get; init; }

    /// <summary>One message; in a buffer that nobody else writes to. Null for none.</summary>
    // Not rented: an answer may come while the request is still being sent.
    public ReadOnlyMemory<byte>? Body { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public HttpRequestMessage ToMessage(Uri url, IReadOnlyList<(string Name, string Value)> always)
    {
        var message = new HttpRequestMessage(Method, url);
        if (url.Scheme == Uri.UriSchemeHttps)
        {
            // Many streams over one connection, where the origin can.
            message.Version = System.Net.HttpVersion.Version20;
        }

        if (Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        message.Headers.TryAddWithoutValidation("Accept", Accept);
        foreach (var (name, value) in always)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        foreach (var (name, value) in Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }
}
