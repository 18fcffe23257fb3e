using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gantry.Access;

/// <summary>Where connections come in.</summary>
/// <param name="Name">As <c>gateway.allow_unauthenticated</c> may call it.</param>
/// <param name="EndPoint">Null for a Unix socket.</param>
internal sealed record Listener(string Name, IPEndPoint? EndPoint)
{
    public const string MainName = "main";

    /// <summary>The admin API's, which only its owner can open.</summary>
    public static Listener Socket { get; } = new("socket", null) { IsTrusted = true };

    public static Listener MainAt(IPEndPoint endPoint) => new(MainName, endPoint);

    public static Listener At(IPEndPoint endPoint) => new(endPoint.ToString(), endPoint);

    /// <summary>One for clients. Behind it may be a proxy, so that connecting proves nothing.
    /// </summary>
    public static Listener SocketAt(string path) => new($"unix:{path}", null);

    /// <summary>The path on the main listener that all of it stands for; null when paths are as
    /// they are there.</summary>
    public string? Root { get; init; }

    /// <summary>Whether whoever can connect is the daemon's owner.</summary>
    public bool IsTrusted { get; private init; }

    public bool IsLoopback => EndPoint is null || IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>Whether one of these names means it.</summary>
    public bool IsAmong(ImmutableArray<string> names)
    {
        if (EndPoint is not { } endPoint || names.IsEmpty)
        {
            return !IsTrusted && names.Contains(Name);
        }

        var port = endPoint.Port.ToString(CultureInfo.InvariantCulture);
        return names.Any(name =>
            name == Name || name == endPoint.ToString() || name == port || name == $":{port}"
        );
    }
}

internal static class ListenerSetup
{
    /// <summary>Makes every connection know where it came in. Each listener needs it.</summary>
    public static void ComesInAt(this ListenOptions options, Listener listener) =>
        options.Use(next =>
            async connection =>
            {
                using var doorstep = new Doorstep(listener, connection.Abort, TimeProvider.System);
                connection.Features.Set(doorstep);
                await next(connection);
            }
        );
}
