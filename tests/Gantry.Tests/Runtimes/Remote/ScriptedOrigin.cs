using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gantry.Tests.Runtimes.Remote;

/// <summary>A request as it reached the origin.</summary>
internal sealed record Seen(
    string HttpMethod,
    string Path,
    string? Method,
    IReadOnlyDictionary<string, string> Headers,
    JsonObject? Body
)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}

/// <summary>A web server on loopback that answers as the test says, and remembers what it was
/// asked.</summary>
internal sealed class ScriptedOrigin : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Seen> _seen = new();

    private ScriptedOrigin(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single());

    public IReadOnlyList<Seen> Requests => [.. _seen];

    /// <summary>The JSON-RPC methods that came, and the HTTP methods of what had no message.</summary>
    public string Methods => string.Join(' ', _seen.Select(one => one.Method ?? one.HttpMethod));

    public IEnumerable<Seen> Of(string method) => _seen.Where(one => one.Method == method);

    public static async Task<ScriptedOrigin> StartAsync(
        Func<HttpContext, Seen, Task> answer,
        CancellationToken cancellationToken,
        Action<ListenOptions>? listen = null,
        int port = 0
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, listen ?? (static _ => { }))
        );
        var app = builder.Build();
        app.UseWebSockets();
        var origin = new ScriptedOrigin(app);
        app.Run(async context => await answer(context, await origin.NoteAsync(context)));
        await app.StartAsync(cancellationToken);
        return origin;
    }

    /// <summary>Answers an <c>initialize</c> and what surrounds it as a server of the older era
    /// does; false for everything else.</summary>
    public static async Task<bool> TryIntroduceAsync(
        HttpContext context,
        Seen seen,
        string? session = "s1"
    )
    {
        switch (seen.Method ?? seen.HttpMethod)
        {
            case "initialize":
                if (session is not null)
                {
                    context.Response.Headers["Mcp-Session-Id"] = session;
                }

                await ResultAsync(
                    context,
                    seen,
                    """{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"o","version":"1"}}"""
                );
                return true;
            case "server/discover":
                context.Response.StatusCode = 400;
                return true;
            case "notifications/initialized" or "DELETE":
                context.Response.StatusCode = 202;
                return true;
            case "GET":
                context.Response.StatusCode = 405;
                return true;
            default:
                return false;
        }
    }

    public static Task ResultAsync(HttpContext context, Seen seen, string result) =>
        JsonAsync(context, Result(seen, result));

    public static string Result(Seen seen, string result) =>
        $$"""{"jsonrpc":"2.0","id":{{seen.Body?["id"]?.ToJsonString()}},"result":{{result}}}""";

    public static Task JsonAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json, context.RequestAborted);
    }

    /// <summary>Writes part of a stream of events.</summary>
    public static async Task EventAsync(HttpContext context, string text)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
        }

        await context.Response.WriteAsync(text, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task<Seen> NoteAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        var body = text.Length > 0 ? JsonNode.Parse(text) as JsonObject : null;
        var seen = new Seen(
            context.Request.Method,
            context.Request.Path,
            body?["method"]?.GetValue<string>(),
            context.Request.Headers.ToDictionary(
                header => header.Key,
                header => header.Value.ToString(),
                StringComparer.OrdinalIgnoreCase
            ),
            body
        );
        _seen.Enqueue(seen);
        return seen;
    }
}
