using System.Buffers;
using System.Collections.Immutable;
using Gantry.Config.Formats;
using Gantry.Config.Keys;
using Gantry.Config.Problems;

namespace Gantry.Config.Variables;

/// <summary>Fills in where and how a server that runs elsewhere is reached, and judges what came
/// of it.</summary>
internal sealed class ReachResolver(Expander expander, Report report)
{
    private const string Either = "http:// or https://";
    private const string Sockets = "ws:// or wss://";

    private static readonly SearchValues<char> s_printable = SearchValues.Create(
        string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code)) + "\t"
    );

    /// <summary>Null when something is wrong with it, which is reported.</summary>
    public RemoteSpec? Resolve(Reach reach)
    {
        var url = expander.Expand(reach.Url);
        var headers = ResolveHeaders(reach);
        var tls = reach.Spec.Tls with
        {
            CaFile = Locate(reach.CaFile, reach),
            CertificateFile = Locate(reach.CertificateFile, reach),
            KeyFile = Locate(reach.KeyFile, reach),
        };
        var auth = reach.Auth is { } draft
            ? new AuthResolver(expander, report, reach.Directory).Resolve(draft)
            : null;
        var transport = url is null
            ? null
            : Judge(url.Value, reach.Spec.Transport, reach.Url.Place);
        return url is null || transport is null || report.HasErrors
            ? null
            : reach.Spec with
            {
                Url = url.Value,
                Transport = transport.Value,
                Headers = headers,
                Tls = tls,
                Auth = auth,
                Socket = Locate(reach.Socket, reach),
            };
    }

    // Null when the address will not do. The scheme may decide what 'auto' leaves open.
    private RemoteTransport? Judge(Expandable url, RemoteTransport transport, Place place)
    {
        var isAddress = Uri.TryCreate(url.Value, UriKind.Absolute, out var uri);
        var isSocket = uri?.Scheme is "ws" or "wss";
        var fits = transport switch
        {
            RemoteTransport.Auto => isSocket || IsHttp(uri),
            RemoteTransport.WebSocket => isSocket || IsHttp(uri),
            _ => IsHttp(uri),
        };
        if (!isAddress || uri is null || !fits || uri.Host.Length == 0 || uri.Fragment.Length > 0)
        {
            var schemes = transport is RemoteTransport.WebSocket ? Sockets : Either;
            report.Add(place, RemoteFaults.BadUrl(url.Written, schemes));
            return null;
        }

        if (uri.UserInfo.Length > 0)
        {
            report.Add(place, RemoteFaults.UserInUrl);
            return null;
        }

        return isSocket ? RemoteTransport.WebSocket : transport;
    }

    private static bool IsHttp(Uri? uri) => uri?.Scheme is "http" or "https";

    private ImmutableSortedDictionary<string, Expandable> ResolveHeaders(Reach reach)
    {
        var headers = ImmutableSortedDictionary.CreateBuilder<string, Expandable>(
            StringComparer.OrdinalIgnoreCase
        );
        foreach (var (name, text) in reach.Headers)
        {
            if (
                expander.Expand(text) is not { } value
                || (value.Value.Length == 0 && reach.Optional.Contains(name))
            )
            {
                continue;
            }

            headers[name] = value;
            if (value.Value.AsSpan().ContainsAnyExcept(s_printable))
            {
                report.Add(text.Place, RemoteFaults.BadHeaderValue(name));
            }
        }

        return headers.ToImmutable();
    }

    private string? Locate(Placed<string>? file, Reach reach) =>
        file is { } written && expander.Expand(written) is { } path
            ? Path.GetFullPath(path.Value, reach.Directory)
            : null;
}
