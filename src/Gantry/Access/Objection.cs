namespace Gantry.Access;

/// <summary>What somebody who is known may not do all the same.</summary>
internal static class Objection
{
    /// <summary>Null when there is none.</summary>
    public static Refusal? To(in Visit visit, Admission admission)
    {
        var principal = admission.Principal;
        if (IsOutOfPlace(visit, principal))
        {
            return Unauthorized(visit, error: null);
        }

        if (
            admission.PathLimit is { } limit
            && !IsBelow(visit.Listener.Root ?? visit.Context.Request.Path, limit)
        )
        {
            return Unauthorized(visit, "invalid_token");
        }

        if (principal.Role >= visit.Needed)
        {
            return null;
        }

        return principal.Kind is PrincipalKind.Anonymous
            ? Unauthorized(visit, error: null)
            : Refusal.OfRole(visit.Needed);
    }

    /// <summary>The same for all who are not known, whatever they showed.</summary>
    public static Refusal Unauthorized(in Visit visit, string? error)
    {
        var (area, policy) = (visit.Area, visit.Policy);
        return new(StatusCodes.Status401Unauthorized, "Credentials required", Remedy(visit))
        {
            Challenge = Challenge.Of(visit.Context, policy, area, error),
        };
    }

    public static Refusal Insufficient(in Visit visit, string detail) =>
        new(StatusCodes.Status403Forbidden, "Not permitted", $"Forbidden: {detail}")
        {
            Challenge = Challenge.Of(visit.Context, visit.Policy, visit.Area, "insufficient_scope"),
        };

    // Passwords are for people who look; and who was not asked may look only where nobody else can
    // come, and only while nobody is asked.
    private static bool IsOutOfPlace(in Visit visit, Principal principal) =>
        principal.Kind switch
        {
            PrincipalKind.Basic => visit.Area is Area.Servers,
            PrincipalKind.Anonymous => visit.Area is Area.Administration
                && (visit.Policy.Asks || !visit.Listener.IsLoopback),
            _ => false,
        };

    private static bool IsBelow(PathString path, string limit) =>
        path.Value is { } text
        && text.StartsWith(limit, StringComparison.Ordinal)
        && (text.Length == limit.Length || text[limit.Length] == '/');

    private static string Remedy(in Visit visit)
    {
        const string key =
            "Unauthorized: send 'Authorization: Bearer KEY' with an API key that 'gantry key "
            + "create' made";
        var token = visit.Policy.HasIssuers ? ", or with a token of your identity provider" : "";
        return visit.Area is Area.Administration && visit.Listener.IsLoopback
            ? $"{key}{token}, or with the token in {visit.Token.File}. The gantry command uses the "
                + "Unix socket and needs none."
            : $"{key}{token}.";
    }
}
