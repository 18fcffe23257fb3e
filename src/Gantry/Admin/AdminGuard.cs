using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gantry.Admin.Views;

namespace Gantry.Admin;

/// <summary>
/// Decides who may use the admin API: over the Unix socket whoever can open it; over TCP anybody
/// on this machine may look, and who has the token may change things and look at traffic.
/// </summary>
/// <param name="tokenFile">Where the token is to be found, for the message.</param>
internal sealed class AdminGuard(string token, string tokenFile)
{
    private readonly byte[] _token = Encoding.UTF8.GetBytes(token);

    /// <summary>Null when the request may go on.</summary>
    public Problem? Refuse(HttpContext context)
    {
        if (Trust.IsTrusted(context))
        {
            return null;
        }

        var request = context.Request;
        return RefuseHost(request) ?? RefuseOrigin(request) ?? RefuseChange(request);
    }

    // A page that had its name resolve to this machine still sends that name.
    private static Problem? RefuseHost(HttpRequest request) =>
        IsLoopback(request.Host.Host)
            ? null
            : new(
                StatusCodes.Status403Forbidden,
                "Host not allowed",
                $"The admin API is not served as '{request.Host}'. Use localhost or 127.0.0.1."
            );

    private static Problem? RefuseOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length is 0 || origin == $"{request.Scheme}://{request.Host}"
            ? null
            : new(
                StatusCodes.Status403Forbidden,
                "Origin not allowed",
                $"Pages of '{origin}' may not use the admin API."
            );
    }

    private Problem? RefuseChange(HttpRequest request) =>
        (IsLook(request) && !ShowsTraffic(request)) || HasToken(request)
            ? null
            : new(
                StatusCodes.Status401Unauthorized,
                "Token required",
                "To change something over TCP, or to look at traffic, send 'Authorization: Bearer TOKEN' with the token "
                    + $"in {tokenFile}. The gantry command uses the Unix socket and needs none."
            );

    private static bool IsLook(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    // What clients and servers tell each other is nobody's business but the operator's.
    private static bool ShowsTraffic(HttpRequest request) =>
        request.Path.Value?.TrimEnd('/').EndsWith("/trace", StringComparison.OrdinalIgnoreCase)
            is true;

    private bool HasToken(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(header[scheme.Length..].Trim()),
                _token
            );
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (
            IPAddress.TryParse(host.Trim('[', ']'), out var address)
            && IPAddress.IsLoopback(address)
        );
}
