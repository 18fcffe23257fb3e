using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Config.Problems;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Aggregate.Names;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate;

/// <summary>
/// Several servers as one: answers what concerns all of them, and finds for everything else the one
/// that it is for, in whose own words it is then sent on.
/// </summary>
internal sealed partial class Aggregation(
    Views views,
    Shelves shelves,
    Resources resources,
    OwnInstances own,
    Seating seating,
    ILogger<Aggregation> logger
)
{
    /// <summary>The whole answer; null when the request goes to the seat that it has now.</summary>
    public ValueTask<byte[]?> RouteAsync(Exchange exchange, CancellationToken aborted)
    {
        var request = exchange.Request;
        if (request.IsMethod("tools/call"u8))
        {
            return RouteNamedAsync(exchange, ListKind.Tools, aborted);
        }

        if (ListKinds.Of(request) is { } kind)
        {
            return ListAsync(exchange, kind, aborted);
        }

        return request.IsMethod("prompts/get"u8)
                ? RouteNamedAsync(exchange, ListKind.Prompts, aborted)
            : request[request.Method].StartsWith("\"resources/"u8)
                ? RouteResourceAsync(exchange, aborted)
            : RouteOtherAsync(exchange, aborted);
    }

    private async ValueTask<byte[]?> RouteOtherAsync(Exchange exchange, CancellationToken aborted)
    {
        var request = exchange.Request;
        if (request.IsMethod("completion/complete"u8))
        {
            return await RouteReferenceAsync(exchange, aborted);
        }

        if (request.IsMethod("logging/setLevel"u8))
        {
            return await own.SetLevelAsync(exchange, aborted);
        }

        return request.IsMethod("tasks/list"u8) ? await own.ListTasksAsync(exchange, aborted)
            : request[request.Method].StartsWith("\"tasks/"u8)
                ? await RouteTaskAsync(exchange, aborted)
            : Refuse(
                exchange,
                RpcText.MethodNotFound,
                "Several servers as one have no such method."
            );
    }

    private async ValueTask<byte[]?> ListAsync(
        Exchange exchange,
        ListKind kind,
        CancellationToken aborted
    )
    {
        var view = views.Of(exchange.Session);
        var got = await shelves.GetAsync(
            Reader.Of(exchange),
            view,
            kind,
            exchange.BeginOpening(aborted)
        );
        var merged = view.Answer(kind, got);
        if (merged is null)
        {
            merged = Merging.Make(view, kind, got);
            view.Keep(kind, merged);
            if (kind is ListKind.Tools)
            {
                Remark(view, got);
            }
        }

        var request = exchange.Request;
        return merged.Find(request.Param("cursor"u8)) is not { } page
                ? Refuse(exchange, RpcText.InvalidParams, "There is no such cursor. Begin anew.")
            : exchange.Session.Dialect.HasSessions ? ListAnswer.Write(request, page)
            : ListAnswer.Write(request, page, merged.Missing.Span, shelves.Lifetime(got));
    }

    private async ValueTask<byte[]?> RouteNamedAsync(
        Exchange exchange,
        ListKind kind,
        CancellationToken aborted
    )
    {
        var request = exchange.Request;
        if (request.Text(request.Name) is not { } asked)
        {
            return Refuse(exchange, RpcText.InvalidParams, "'params.name' is missing.");
        }

        var name = await FindAsync(exchange, kind, asked, aborted);
        if (name is null)
        {
            return RefuseUnknown(exchange, kind, asked);
        }

        exchange.Address(request.Name, Mentions.Json(name));
        return null;
    }

    /// <returns>What its server calls it, which has its seat now; null when there is none.</returns>
    private async ValueTask<string?> FindAsync(
        Exchange exchange,
        ListKind kind,
        string asked,
        CancellationToken aborted
    )
    {
        var view = views.Of(exchange.Session);
        var sought = kind is ListKind.Tools ? view.FindTool(asked) : view.FindPrompt(asked);
        if (sought is not { } found || view.Find(found.Server) is not { } server)
        {
            return null;
        }

        var name = found.Name ?? await LookUpAsync(exchange, kind, found, asked, aborted);
        if (name is not null)
        {
            await seating.TakeAsync(exchange, server, aborted);
        }

        return name;
    }

    // A tamed name says too little: the list tells which one it is, whether the client has seen
    // that list or not.
    private async ValueTask<string?> LookUpAsync(
        Exchange exchange,
        ListKind kind,
        Sought sought,
        string asked,
        CancellationToken aborted
    )
    {
        var view = views.Of(exchange.Session);
        if (view.Find(sought.Server) is not { } server)
        {
            return null;
        }

        var opening = exchange.BeginOpening(aborted);
        var shelf = await shelves.GetAsync(Reader.Of(exchange), server, kind, opening);
        foreach (var entry in shelf.Listing?.Entries ?? [])
        {
            if (
                Naming.Tame(view.Separator, sought.Server, entry.Key) == sought.Exposed
                && (
                    kind is ListKind.Tools
                        ? view.IsFound(sought, entry.Key, asked)
                        : view.PermitsPrompt(sought.Server, entry.Key)
                )
            )
            {
                return entry.Key;
            }
        }

        return null;
    }

    private async ValueTask<byte[]?> RouteResourceAsync(
        Exchange exchange,
        CancellationToken aborted
    )
    {
        var request = exchange.Request;
        if (request.Text(request.Uri) is not { } uri)
        {
            return Refuse(exchange, RpcText.InvalidParams, "'params.uri' is missing.");
        }

        var view = views.Of(exchange.Session);
        var found = await resources.FindAsync(exchange, view, uri, aborted);
        if (found is not { } resource || view.Find(resource.Server) is not { } server)
        {
            return Refuse(
                exchange,
                exchange.Session.Dialect.ResourceNotFound,
                $"No server here has the resource '{Short(uri)}'."
            );
        }

        await seating.TakeAsync(exchange, server, aborted);
        exchange.Uri = resource.Uri;
        exchange.Address(request.Uri, Mentions.Json(resource.Uri));
        return null;
    }

    private async ValueTask<byte[]?> RouteReferenceAsync(
        Exchange exchange,
        CancellationToken aborted
    )
    {
        var request = exchange.Request;
        var view = views.Of(exchange.Session);
        var reference = SlotOf(request, FrameText.Member(request[request.Body], "ref"u8));
        var name = SlotOf(request, FrameText.Member(request[reference], "name"u8));
        var uri = SlotOf(request, FrameText.Member(request[reference], "uri"u8));
        if (request.Text(name) is { } prompt)
        {
            if (await FindAsync(exchange, ListKind.Prompts, prompt, aborted) is not { } found)
            {
                return RefuseUnknown(exchange, ListKind.Prompts, prompt);
            }

            exchange.Address(name, Mentions.Json(found));
            return null;
        }

        if (
            request.Text(uri) is not { } template
            || Addresses.Find(template) is not { } resource
            || !view.PermitsResource(template)
            || view.Find(resource.Server) is not { } server
        )
        {
            return Refuse(exchange, RpcText.InvalidParams, "No server here has what 'ref' names.");
        }

        await seating.TakeAsync(exchange, server, aborted);
        exchange.Address(uri, Mentions.Json(resource.Uri));
        return null;
    }

    private async ValueTask<byte[]?> RouteTaskAsync(Exchange exchange, CancellationToken aborted)
    {
        var request = exchange.Request;
        var id = SlotOf(request, FrameText.Member(request[request.Body], "taskId"u8));
        if (
            request.Text(id) is not { } text
            || Outward.FindTask(text) is not { } found
            || views.Of(exchange.Session).Find(found.Server) is not { } server
        )
        {
            return Refuse(exchange, RpcText.InvalidParams, "No server here has that task.");
        }

        await seating.TakeAsync(exchange, server, aborted);
        exchange.Address(id, Mentions.Json(found.Task));
        return null;
    }

    // A slip of the hand in a group shows only when all its servers have said what they have.
    private void Remark(View view, ImmutableArray<Shelf> got)
    {
        if (got.Any(shelf => shelf.Listing is null))
        {
            return;
        }

        var tools = got.SelectMany(
                shelf => shelf.Listing?.Entries ?? [],
                (shelf, entry) => view.Separator.Join(shelf.Server.ToString(), entry.Key)
            )
            .Concat(view.NamesOf(ListKind.Tools))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in view.Unmatched(tools))
        {
            LogNoSuchTool(view.Name, name, Meant(name, tools));
        }
    }

    private static string Meant(string name, IEnumerable<string> known) =>
        Nearest.To(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    private byte[] RefuseUnknown(Exchange exchange, ListKind kind, string asked)
    {
        var what = kind is ListKind.Tools ? "tool" : "prompt";
        var known = views.Of(exchange.Session).CommonNamesOf(kind);
        return Refuse(
            exchange,
            RpcText.InvalidParams,
            $"No server here has a {what} '{Short(asked)}'.{Meant(asked, known)}"
        );
    }

    private static byte[] Refuse(Exchange exchange, int code, string message) =>
        RpcText.Error(exchange.Request[exchange.Request.Id], code, message);

    private static Slot SlotOf(Frame frame, ReadOnlySpan<byte> part) =>
        !part.IsEmpty && frame.Utf8.Span.Overlaps(part, out var start)
            ? new(start, part.Length)
            : default;

    private static string Short(string text) => text.Length <= 200 ? text : text[..200];

    [LoggerMessage(
        LogLevel.Warning,
        "Group {Group}: none of its servers has a tool '{Tool}'.{Meant}"
    )]
    private partial void LogNoSuchTool(string group, string tool, string meant);
}
