using System.Net.Http;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote;

/// <summary>What went wrong on the way to an origin, in words for people.</summary>
/// <param name="IsUnreachable">Whether nothing at all can be had from the origin now.</param>
internal readonly record struct Failure(string Reason, bool IsUnreachable);

/// <summary>The origin answered, but refused or with what makes no sense.</summary>
/// <param name="message">Without any value of a header.</param>
internal sealed class OriginAnswerException(string message, Exception? inner = null)
    : Exception(message, inner);

internal static class Failures
{
    /// <summary>Null for what is no failure of the origin.</summary>
    public static Failure? Explain(Exception exception, string shown) =>
        exception switch
        {
            OriginAnswerException or UpstreamRefusedException or HandshakeException => new(
                exception.Message,
                IsUnreachable: false
            ),
            InstanceGoneException => new(exception.Message, IsUnreachable: false),
            HttpRequestException http => Explain(http, shown),
            WebSocketException socket => new(
                $"{shown} cannot be reached: {Innermost(socket)}.",
                IsUnreachable: true
            ),
            OperationCanceledException { InnerException: TimeoutException } => new(
                $"{shown} did not accept a connection within the 'connect_timeout'.",
                IsUnreachable: true
            ),
            CryptographicException or UnauthorizedAccessException or FileNotFoundException => new(
                $"the files of 'tls' cannot be used: {exception.Message}",
                IsUnreachable: true
            ),
            IOException => Broke(shown),
            _ => null,
        };

    private static Failure Explain(HttpRequestException http, string shown) =>
        http.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError
            or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError => new(
                $"{shown} cannot be reached: {Innermost(http)}.",
                IsUnreachable: true
            ),
            HttpRequestError.ResponseEnded => Broke(shown),
            _ when http.InnerException is IOException => Broke(shown),
            _ => new($"the request to {shown} failed: {Innermost(http)}.", IsUnreachable: false),
        };

    private static Failure Broke(string shown) =>
        new($"the connection to {shown} broke before the answer came.", IsUnreachable: false);

    private static string Innermost(Exception exception) =>
        exception switch
        {
            { InnerException: SocketException socket } => socket.Message.TrimEnd('.'),
            { InnerException: AuthenticationException tls } => tls.Message.TrimEnd('.'),
            { InnerException: { } inner } => Innermost(inner),
            _ => exception.Message.TrimEnd('.'),
        };
}
