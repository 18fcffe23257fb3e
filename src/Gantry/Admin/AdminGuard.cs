using Gantry.Access;
using Gantry.Admin.Views;

namespace Gantry.Admin;

/// <summary>Asks at the front door who uses the admin API, and refuses who may not, before anything
/// of the request is read.</summary>
internal static class AdminGuard
{
    /// <summary>To be called after routing: each resource says what it takes.</summary>
    public static void UseAdminGuard(this IApplicationBuilder app)
    {
        var door = app.ApplicationServices.GetRequiredService<FrontDoor>();
        app.Use(next =>
            context =>
                AdminApi.IsGuarded(context.Request.Path)
                    ? GuardAsync(context, door, next)
                    : next(context)
        );
    }

    /// <summary>The role that it takes to use these. Where none is said, reading takes a viewer and
    /// anything else an admin.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder routes, Role role)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new NeededRole(role));

    private static async Task GuardAsync(HttpContext context, FrontDoor door, RequestDelegate next)
    {
        var entry = await door.AdmitAsync(context, Area.Administration, RoleFor(context));
        if ((entry.Refusal ?? OverLimit(entry.Admission)) is { } refusal)
        {
            refusal.Apply(context.Response);
            var problem = new Problem(refusal.Status, refusal.Title, refusal.Detail);
            await Problems.Answer(problem).ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    private static Refusal? OverLimit(Admission? admission) =>
        admission?.Take(1) is { } excess ? Refusal.Over(excess) : null;

    private static Role RoleFor(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<NeededRole>()?.Role
        ?? (
            HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
                ? Role.Viewer
                : Role.Admin
        );

    private sealed record NeededRole(Role Role);
}
