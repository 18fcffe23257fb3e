using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Admin;
using Gantry.Admin.Views;
using Gantry.Runtimes.Remote;
using Gantry.Wire;

namespace Gantry.Cli.Client;

/// <summary>Talks with a running daemon over its Unix socket.</summary>
internal sealed class DaemonClient : IDisposable
{
    // A message, and what is around it.
    private static readonly JsonDocumentOptions s_deep = new() { MaxDepth = Frame.MaxDepth + 8 };

    private readonly string _socket;

    public DaemonClient(string socket)
    {
        _socket = socket;
        // No limit in time: a call may take as long as its tool does, and logs never end.
        Http = new(NewHandler(socket))
        {
            BaseAddress = new("http://localhost"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>For what is not the admin API: the gateway is behind the same socket.</summary>
    public HttpClient Http { get; }

    /// <summary>Whether there is anything to talk with, without talking.</summary>
    public bool HasSocket => File.Exists(_socket);

    /// <summary>Sends requests to a Unix socket, whatever host they name.</summary>
    public static SocketsHttpHandler NewHandler(string socket) =>
        new()
        {
            ConnectCallback = (_, cancellationToken) =>
                Sockets.ConnectAsync(socket, cancellationToken),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        };

    public void Dispose() => Http.Dispose();

    public Task<IReadOnlyList<ServerView>> ServersAsync(CancellationToken cancellationToken) =>
        GetAsync("servers", AdminJson.Wire.IReadOnlyListServerView, cancellationToken);

    public Task<ConfigView> ConfigAsync(CancellationToken cancellationToken) =>
        GetAsync("config", AdminJson.Wire.ConfigView, cancellationToken);

    /// <param name="word"><c>start</c>, <c>stop</c> or <c>restart</c>.</param>
    public Task<ServerView> TellAsync(
        string server,
        string word,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            new(HttpMethod.Post, $"{AdminApi.Root}/servers/{Uri.EscapeDataString(server)}/{word}"),
            AdminJson.Wire.ServerView,
            cancellationToken
        );

    public Task<PlanView> PlanAsync(PlanRequest request, CancellationToken cancellationToken) =>
        SendAsync(
            new(HttpMethod.Post, $"{AdminApi.Root}/plan")
            {
                Content = JsonContent.Create(request, AdminJson.Wire.PlanRequest),
            },
            AdminJson.Wire.PlanView,
            cancellationToken
        );

    public Task<IReadOnlyList<KeyView>> KeysAsync(CancellationToken cancellationToken) =>
        GetAsync("keys", AdminJson.Wire.IReadOnlyListKeyView, cancellationToken);

    public Task<NewKeyView> CreateKeyAsync(
        KeyRequest request,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            new(HttpMethod.Post, $"{AdminApi.Root}/keys")
            {
                Content = JsonContent.Create(request, AdminJson.Wire.KeyRequest),
            },
            AdminJson.Wire.NewKeyView,
            cancellationToken
        );

    public Task<KeyView> RevokeKeyAsync(string id, CancellationToken cancellationToken) =>
        SendAsync(
            new(HttpMethod.Delete, $"{AdminApi.Root}/keys/{Uri.EscapeDataString(id)}"),
            AdminJson.Wire.KeyView,
            cancellationToken
        );

    public async IAsyncEnumerable<LogView> LogsAsync(
        string? server,
        int tail,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var only = server is null ? "" : $"&server={Uri.EscapeDataString(server)}";
        var query = FormattableString.Invariant($"logs?tail={tail}&follow={follow}{only}");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{AdminApi.Root}/{query}");
        using var response = await SendAsync(request, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var lines = new StreamReader(body);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (JsonSerializer.Deserialize(line, AdminJson.Wire.LogView) is { } entry)
            {
                yield return entry;
            }
        }
    }

    /// <summary>What passes a server: first the header, then every frame, each as a line of JSON.
    /// </summary>
    /// <param name="isFull">Whether long frames are wanted whole.</param>
    public async IAsyncEnumerable<string> TraceAsync(
        string server,
        bool isFull,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var path = $"{AdminApi.Root}/servers/{Uri.EscapeDataString(server)}/trace?full={isFull}";
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(request, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var events = SseParser.Create(body).EnumerateAsync(cancellationToken);
        await foreach (var seen in events)
        {
            yield return seen.Data;
        }
    }

    /// <summary>The message without what only the daemon knows to be secret.</summary>
    public async Task<JsonElement> RedactAsync(
        string server,
        JsonElement message,
        CancellationToken cancellationToken
    )
    {
        var path = $"{AdminApi.Root}/servers/{Uri.EscapeDataString(server)}/redact";
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new StringContent(message.GetRawText());
        using var response = await SendAsync(request, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var document = await JsonDocument.ParseAsync(body, s_deep, cancellationToken);
        return document.RootElement.Clone();
    }

    /// <summary>The steps of a login, which ends when nobody listens any more.</summary>
    public async IAsyncEnumerable<LoginStepView> LoginAsync(
        string server,
        string? principal,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, LoginPath(server, principal));
        using var response = await SendAsync(request, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var lines = new StreamReader(body);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (JsonSerializer.Deserialize(line, AdminJson.Wire.LoginStepView) is { } step)
            {
                yield return step;
            }
        }
    }

    public async Task LogoutAsync(
        string server,
        string? principal,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, LoginPath(server, principal));
        using var response = await SendAsync(request, cancellationToken);
    }

    /// <exception cref="CommandFailedException">There is no daemon.</exception>
    public async Task<HttpResponseMessage> SendRawAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await Http.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                cancellationToken
            );
        }
        catch (HttpRequestException exception) when (exception.InnerException is SocketException)
        {
            throw NoDaemon();
        }
    }

    private static string LoginPath(string server, string? principal)
    {
        var query = principal is null ? "" : $"?principal={Uri.EscapeDataString(principal)}";
        return $"{AdminApi.Root}/servers/{Uri.EscapeDataString(server)}/login{query}";
    }

    private CommandFailedException NoDaemon() =>
        new(
            $"No daemon answers at {_socket}. Start one with 'gantry up', or name its state "
                + "directory with --state-dir.",
            ExitCode.NoDaemon
        );

    private Task<T> GetAsync<T>(
        string path,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) => SendAsync(new(HttpMethod.Get, $"{AdminApi.Root}/{path}"), type, cancellationToken);

    private async Task<T> SendAsync<T>(
        HttpRequestMessage request,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
    {
        using (request)
        {
            using var response = await SendAsync(request, cancellationToken);
            return await response.Content.ReadFromJsonAsync(type, cancellationToken)
                ?? throw new CommandFailedException("The daemon answered nothing.");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var response = await SendRawAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new CommandFailedException(await ReasonAsync(response, cancellationToken));
        }
    }

    private static async Task<string> ReasonAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        if (response.Content.Headers.ContentType?.MediaType is not "application/problem+json")
        {
            return $"The daemon answered {(int)response.StatusCode} {response.ReasonPhrase}.";
        }

        var problem = await response.Content.ReadFromJsonAsync(
            AdminJson.Wire.Problem,
            cancellationToken
        );
        return problem?.Detail ?? "The daemon refused, without a word.";
    }
}
