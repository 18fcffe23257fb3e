using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gantry.Access;

/// <summary>Puts the front door into an application.</summary>
internal static class AccessSetup
{
    /// <summary>
    /// It finds in the container: the board, the clock and the loggers; and, unless there are to be
    /// no keys and no admin token, a <see cref="KeyRing"/> and an <see cref="AdminToken"/>.
    /// </summary>
    public static IServiceCollection AddFrontDoor(this IServiceCollection services)
    {
        services.TryAddSingleton(from => NoKeys(from));
        services.TryAddSingleton(new AdminToken(KeyText.NewSecret(), ""));
        services.TryAddSingleton<JwtSources>();
        services.TryAddSingleton<FrontDoor>();
        return services;
    }

    private static KeyRing NoKeys(IServiceProvider from) =>
        KeyRing.InMemory(
            from.GetRequiredService<TimeProvider>(),
            from.GetRequiredService<ILogger<KeyRing>>()
        );
}
