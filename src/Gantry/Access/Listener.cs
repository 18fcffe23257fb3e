using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gantry.Access;

/// <summary>Where connections come in.</summary>
/// <param name="Name">As <c>gateway.allow_unauthenticated</c> may call it.</param>
/// <param name="EndPoint">Null for the Unix socket, which only its owner can open.</param>
internal sealed record Listener(string Name, IPEndPoint? EndPoint)
{
    public const string MainName = "main";

    public static Listener Socket { get; } = new("socket", null);

    public static Listener MainAt(IPEndPoint endPoint) => new(MainName, endPoint);

    /// <summary>Whether whoever can connect is the daemon's owner.</summary>
    public bool IsTrusted => EndPoint is null;

    public bool IsLoopback => EndPoint is null || IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>Whether one of these names means it.</summary>
    public bool IsAmong(ImmutableArray<string> names)
    {
        if (EndPoint is not { } endPoint || names.IsEmpty)
        {
            return false;
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
                using var doorstep = new Doorstep(listener, connection.Abort);
                connection.Features.Set(doorstep);
                await next(connection);
            }
        );
}
