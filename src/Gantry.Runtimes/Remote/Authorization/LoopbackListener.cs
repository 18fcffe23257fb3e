using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>
/// Receives the browser when it comes back from the authorization server (RFC 8252, 7.3). It
/// listens on this machine only, for one login, and answers whoever else knocks that there is
/// nothing.
/// </summary>
internal sealed class LoopbackListener : IDisposable
{
    private const string Target = "/callback";

    private const int MaxHead = 16 * 1024;

    /// <summary>Browsers open connections in advance and leave them idle.</summary>
    private const int MaxAtATime = 16;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly TcpListener _listener;
    private readonly TimeProvider _time;

    private LoopbackListener(TcpListener listener, TimeProvider time)
    {
        _listener = listener;
        _time = time;
    }

    public Uri Address =>
        new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{Target}");

    /// <param name="port">Null for any.</param>
    /// <returns>Null when the port is taken.</returns>
    public static LoopbackListener? TryStart(int? port, TimeProvider time)
    {
        var listener = new TcpListener(IPAddress.Loopback, port ?? 0);
        try
        {
            listener.Start(MaxAtATime);
            return new(listener, time);
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    /// <summary>The first visit that <paramref name="accepts"/>; null to wait on.</summary>
    /// <param name="accepts">Gets the parameters of a visit.</param>
    public async Task<T> WaitAsync<T>(
        Func<IReadOnlyDictionary<string, string>, T?> accepts,
        CancellationToken cancellationToken
    )
        where T : class
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var visits = new List<Task<T?>>();
        try
        {
            var next = _listener.AcceptSocketAsync(end.Token).AsTask();
            while (true)
            {
                await Task.WhenAny([next, .. visits]);
                if (visits.Find(visit => visit.IsCompleted) is { } over)
                {
                    visits.Remove(over);
                    if (await over is { } accepted)
                    {
                        return accepted;
                    }
                }
                else if (visits.Count < MaxAtATime)
                {
                    visits.Add(ServeAsync(await next, accepts, end.Token));
                    next = _listener.AcceptSocketAsync(end.Token).AsTask();
                }
                else
                {
                    await Task.WhenAny(visits);
                }
            }
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(visits);
        }
    }

    public void Dispose() => _listener.Dispose();

    private async Task<T?> ServeAsync<T>(
        Socket socket,
        Func<IReadOnlyDictionary<string, string>, T?> accepts,
        CancellationToken cancellationToken
    )
        where T : class
    {
        using var patience = new CancellationTokenSource(s_patience, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            patience.Token
        );
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var accepted = ParametersOf(await ReadHeadAsync(stream, end.Token)) is { } parameters
                ? accepts(parameters)
                : null;
            await stream.WriteAsync(Answer(accepted is not null), end.Token);
            return accepted;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // A visitor who leaves early, or says nothing, was not the one.
            return null;
        }
    }

    private static async Task<string> ReadHeadAsync(
        Stream stream,
        CancellationToken cancellationToken
    )
    {
        var head = new StringBuilder();
        var buffer = new byte[4_096];
        while (
            head.Length < MaxHead
            && await stream.ReadAsync(buffer, cancellationToken) is var count and > 0
        )
        {
            head.Append(Encoding.Latin1.GetString(buffer, 0, count));
            if (head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                break;
            }
        }

        return head.ToString();
    }

    // Null for anything but a visit to the one address there is.
    private static Dictionary<string, string>? ParametersOf(string head)
    {
        var line = head.Split("\r\n", 2)[0].Split(' ');
        if (line is not ["GET", var target, "HTTP/1.1" or "HTTP/1.0"])
        {
            return null;
        }

        var parts = target.Split('?', 2);
        return parts[0] is Target ? Decode(parts.Length > 1 ? parts[1] : "") : null;
    }

    // A parameter that is there twice may mean one thing here and another elsewhere.
    private static Dictionary<string, string>? Decode(string query)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var value = parts.Length > 1 ? parts[1].Replace('+', ' ') : "";
            if (!found.TryAdd(Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(value)))
            {
                return null;
            }
        }

        return found;
    }

    private static byte[] Answer(bool isAccepted)
    {
        var (status, text) = isAccepted
            ? (
                "200 OK",
                "Gantry has the answer. You can close this window, and look at the terminal."
            )
            : ("404 Not Found", "There is nothing here.");
        var page = $"<!doctype html><meta charset=utf-8><title>Gantry</title><p>{text}</p>\n";
        return Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
                + $"Content-Length: {Encoding.UTF8.GetByteCount(page)}\r\nCache-Control: no-store\r\n"
                + "Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\n"
                + $"Connection: close\r\n\r\n{page}"
        );
    }
}
