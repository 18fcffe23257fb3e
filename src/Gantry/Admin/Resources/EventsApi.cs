using System.Text.Json;
using Gantry.Admin.Views;
using Gantry.Reconcile;

namespace Gantry.Admin.Resources;

internal static class EventsApi
{
    public static void MapEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/events", FollowAsync);

    /// <summary>Server-sent events: the latest <paramref name="tail"/>, and then every new one.
    /// </summary>
    private static async Task FollowAsync(
        HttpContext context,
        Sight sight,
        Feed<Event> events,
        Lifetime lifetime,
        int? tail
    )
    {
        await using var stream = Streaming.Begin(context, lifetime, "text/event-stream");
        await stream.RunAsync(
            events.FollowAsync(tail ?? 0, stream.Ended).Where(sight.Sees),
            happened =>
                $"event: {happened.Kind}\ndata: "
                + JsonSerializer.Serialize(Viewing.Of(happened), AdminJson.Wire.EventView)
                + "\n\n"
        );
    }
}
