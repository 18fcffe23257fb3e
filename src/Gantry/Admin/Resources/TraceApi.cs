using System.Text;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Http;
using Gantry.Runtimes;
using Gantry.Tracing;
using Gantry.Wire;

namespace Gantry.Admin.Resources;

/// <summary>What passes between clients, Gantry and the instances of one server.</summary>
internal static class TraceApi
{
    /// <summary>The longest message that can be sent to have its secrets taken out.</summary>
    private const int MaxMessage = 64 * 1024 * 1024;

    public static void MapTrace(this IEndpointRouteBuilder routes)
    {
        // Traffic is what callers said to a server in confidence.
        routes.MapGet("/servers/{name}/trace", FollowAsync).Needs(Role.Admin);
        routes.MapPost("/servers/{name}/redact", RedactAsync).Needs(Role.Admin);
    }

    /// <summary>Server-sent events: a header, and then every frame as it passes.</summary>
    private static async Task FollowAsync(
        HttpContext context,
        string name,
        WireTaps taps,
        TraceFeed feed,
        Sight sight,
        Lifetime lifetime
    )
    {
        if (Find(name, sight) is not { } server)
        {
            await Problems.NoSuchServer(name, sight.Board).ExecuteAsync(context);
            return;
        }

        using var viewer = taps.Of(server).Watch();
        if (viewer is null)
        {
            await TooMany(name).ExecuteAsync(context);
            return;
        }

        await using var stream = Streaming.Begin(context, lifetime, "text/event-stream");
        await stream.RunAsync(
            feed.FollowAsync(server, viewer, Budget(context.Request), stream.Ended)
                // It may become another tenant's.
                .TakeWhile(_ => sight.Owns(server)),
            seen => $"event: {seen.Name}\ndata: {seen.Json}\n\n"
        );
    }

    /// <summary>Takes the server's secrets out of a message: only the daemon knows them.</summary>
    private static async Task RedactAsync(
        HttpContext context,
        string name,
        TraceFeed feed,
        Sight sight
    )
    {
        if (Find(name, sight) is not { } server)
        {
            await Problems.NoSuchServer(name, sight.Board).ExecuteAsync(context);
            return;
        }

        var body = await RequestBody.ReadAsync(context.Request, MaxMessage);
        if (body.Bytes is null)
        {
            await Problems
                .BadRequest($"The message is longer than {MaxMessage} bytes.")
                .ExecuteAsync(context);
            return;
        }

        var utf8 = body.Bytes.AsSpan(0, body.Length);
        var text = TraceText.Of(feed.RedactorOf(server).Redact(utf8, WireTap.MaxKept));
        body.Return();
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(text, Encoding.UTF8, context.RequestAborted);
    }

    private static ServerName? Find(string name, Sight sight) =>
        ServerName.TryParse(name, out var server)
        && sight.Board.Config.Servers.ContainsKey(server)
        && sight.Owns(server)
            ? server
            : null;

    private static int Budget(HttpRequest request) =>
        bool.TryParse(request.Query["full"], out var full) && full
            ? WireTap.MaxKept
            : TraceFeed.MaxShown;

    private static Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<Views.Problem> TooMany(
        string name
    ) =>
        Problems.Answer(
            new(
                StatusCodes.Status429TooManyRequests,
                "Too many viewers",
                $"{WireTap.MaxViewers} look at '{name}' already, and no more can. End one of them."
            )
        );
}
