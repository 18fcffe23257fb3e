using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gantry.Admin.Views;
using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Admin.Resources;

internal static class LogsApi
{
    /// <summary>How many lines are sent when nobody says how many.</summary>
    private const int DefaultTail = 100;

    public static void MapLogs(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/logs", SendAsync);

    /// <summary>One JSON object per line: the latest lines of one server or of all, and with
    /// <c>follow</c> every new one.</summary>
    private static async Task SendAsync(
        HttpContext context,
        Sight sight,
        ServerLogs logs,
        Lifetime lifetime
    )
    {
        var query = LogsQuery.Of(context.Request);
        if (query.Name is { } name && !IsKnown(query.Server, sight))
        {
            await Problems.NoSuchServer(name, sight.Board).ExecuteAsync(context);
            return;
        }

        await using var stream = Streaming.Begin(context, lifetime, "application/x-ndjson");
        var lines = query.Follow
            ? new LogFollower(logs, sight).FollowAsync(query.Server, query.Lines, stream.Ended)
            : Latest(logs, query.Server is { } one ? [one] : Names(sight), query.Lines);
        await stream.RunAsync(
            lines,
            line => JsonSerializer.Serialize(line, AdminJson.Wire.LogView) + "\n"
        );
    }

    private static bool IsKnown(ServerName? server, Sight sight) =>
        server is { } name && Names(sight).Contains(name);

    private static ImmutableArray<ServerName> Names(Sight sight) =>
        sight.Board is var board
            ? [.. board.Config.Servers.Keys.Union(board.Servers.Keys).Where(sight.Owns)]
            : [];

    private static IAsyncEnumerable<LogView> Latest(
        ServerLogs logs,
        ImmutableArray<ServerName> servers,
        int count
    ) =>
        servers
            .SelectMany(server =>
                logs.Of(server).Latest(count).Select(line => Viewing.Of(server, line))
            )
            .OrderBy(line => line.At)
            .TakeLast(count)
            .ToAsyncEnumerable();

    private sealed record LogsQuery(string? Name, int Lines, bool Follow)
    {
        public ServerName? Server => ServerName.TryParse(Name, out var server) ? server : null;

        public static LogsQuery Of(HttpRequest request) =>
            new(
                request.Query.TryGetValue("server", out var name) ? name.ToString() : null,
                int.TryParse(request.Query["tail"], CultureInfo.InvariantCulture, out var tail)
                    ? Math.Clamp(tail, 0, ServerLogs.MaxLines)
                    : DefaultTail,
                bool.TryParse(request.Query["follow"], out var follow) && follow
            );
    }
}
