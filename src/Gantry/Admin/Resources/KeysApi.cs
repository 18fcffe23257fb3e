using Gantry.Access;
using Gantry.Admin.Views;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin.Resources;

/// <summary>The API keys. An admin of one tenant has to do with the keys of that tenant alone.
/// </summary>
internal static class KeysApi
{
    public static void MapKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/keys").Needs(Role.Admin);
        keys.MapGet("/", All);
        keys.MapPost("/", Create);
        keys.MapDelete("/{id}", Revoke);
    }

    private static Ok<IReadOnlyList<KeyView>> All(Sight sight, KeyRing ring, TimeProvider time) =>
        TypedResults.Ok<IReadOnlyList<KeyView>>([
            .. ring
                .Current.Keys.Where(key => IsTheirs(sight, key))
                .Select(key => KeyView.Of(key, time.GetUtcNow())),
        ]);

    private static Results<Created<NewKeyView>, JsonHttpResult<Problem>> Create(
        KeyRequest request,
        Sight sight,
        KeyRing ring,
        FrontDoor door,
        TimeProvider time
    )
    {
        if (KeyTermsReader.Read(request, sight.Principal.Tenancy, out var terms) is { } wrong)
        {
            return Problems.BadRequest(wrong);
        }

        try
        {
            var made = ring.Create(terms);
            var view = KeyView.Of(made.Key, time.GetUtcNow());
            return TypedResults.Created(
                $"{AdminApi.Root}/keys/{made.Key.Id}",
                new NewKeyView(view, made.Text, door.Policy.Asks)
            );
        }
        catch (TooManyKeysException exception)
        {
            return Problems.Answer(new(StatusCodes.Status409Conflict, "Full", exception.Message));
        }
        catch (KeysNotKeptException exception)
        {
            return NotKept(exception);
        }
    }

    private static Results<Ok<KeyView>, JsonHttpResult<Problem>> Revoke(
        string id,
        Sight sight,
        KeyRing ring,
        TimeProvider time
    )
    {
        try
        {
            return ring.Revoke(id, key => IsTheirs(sight, key)) is { } key
                ? TypedResults.Ok(KeyView.Of(key, time.GetUtcNow()))
                : Problems.Answer(
                    new(
                        StatusCodes.Status404NotFound,
                        "No such key",
                        $"There is no key '{id}'. See 'gantry key list'."
                    )
                );
        }
        catch (KeysNotKeptException exception)
        {
            return NotKept(exception);
        }
    }

    private static JsonHttpResult<Problem> NotKept(KeysNotKeptException why) =>
        Problems.Answer(new(StatusCodes.Status503ServiceUnavailable, "Not kept", why.Message));

    private static bool IsTheirs(Sight sight, ApiKey key) =>
        sight.Principal.Tenancy.IsEverything
        || key.Tenant == sight.Principal.Tenancy.Tenant && key.Tenant is not null;
}
