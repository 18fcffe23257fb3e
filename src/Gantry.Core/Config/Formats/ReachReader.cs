using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Problems;

namespace Gantry.Config.Formats;

/// <summary>Reads how to reach a server that runs elsewhere, in whatever file says so.</summary>
/// <param name="directory">Where the names of files begin.</param>
internal sealed class ReachReader(Report report, string directory, Words words)
{
    private static readonly SearchValues<char> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );

    // What Gantry writes itself, because it depends on the message or on the connection.
    private static readonly FrozenSet<string> s_own = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Accept",
        "Connection",
        "Content-Length",
        "Content-Type",
        "Host",
        "Last-Event-ID",
        "Mcp-Method",
        "Mcp-Name",
        "MCP-Protocol-Version",
        "Mcp-Session-Id",
        "TE",
        "Transfer-Encoding",
        "Upgrade"
    );

    public Reach Read(Placed<string> url, RemoteTransport transport, Fields fields)
    {
        var spec = new RemoteSpec(new(url.Value)) { Transport = transport };
        spec = spec with
        {
            ConnectTimeout = fields.Get(RemoteKeys.ConnectTimeout, spec.ConnectTimeout),
            RequestTimeout = fields.Get(RemoteKeys.RequestTimeout, spec.RequestTimeout),
            ForwardAuthorization = fields.Get(RemoteKeys.ForwardAuthorization, false),
        };
        var reach = new Reach(url, spec, directory, words)
        {
            Headers = ReadHeaders(fields),
            Auth = ReadAuth(fields),
            Socket = fields.Get(RemoteKeys.Socket, null),
        };
        return fields.Get(RemoteKeys.Tls, null) is { } block
            ? WithTls(reach, new(block, RemoteKeys.TlsBlock, report))
            : reach;
    }

    private ImmutableArray<KeyValuePair<string, Placed<string>>> ReadHeaders(Fields fields)
    {
        var headers = fields.Get(RemoteKeys.Headers, []);
        var seen = new Dictionary<string, Place>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers)
        {
            if (name.AsSpan().ContainsAnyExcept(s_token))
            {
                report.Add(value.Place, RemoteFaults.BadHeaderName(name));
            }
            else if (s_own.Contains(name))
            {
                report.Add(value.Place, RemoteFaults.OwnHeader(name));
            }
            else if (!seen.TryAdd(name, value.Place))
            {
                report.Add(value.Place, KeyFaults.DuplicateKey(name, seen[name]));
            }
        }

        return headers;
    }

    private AuthDraft? ReadAuth(Fields fields)
    {
        if (fields.Get(AuthKeys.Auth, null) is not { } block)
        {
            return null;
        }

        var headers = fields.Get(RemoteKeys.Headers, []);
        if (
            fields.Get(RemoteKeys.ForwardAuthorization, false)
            || headers.Any(header =>
                header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
            )
        )
        {
            report.Add(fields.PlaceOf(AuthKeys.Auth), AuthFaults.Twice);
        }

        return new AuthReader(report).Read(block);
    }

    private Reach WithTls(Reach reach, Fields tls)
    {
        var skips = tls.Get(RemoteKeys.SkipVerify, false);
        if (skips)
        {
            report.Add(tls.PlaceOf(RemoteKeys.SkipVerify), RemoteFaults.NotVerified);
        }

        var certificate = tls.Get(RemoteKeys.CertificateFile, null);
        var key = tls.Get(RemoteKeys.KeyFile, null);
        if (key is { } alone && certificate is null)
        {
            report.Add(alone.Place, RemoteFaults.KeyAlone);
        }

        return reach with
        {
            Spec = reach.Spec with { Tls = TlsSpec.Default with { SkipVerify = skips } },
            CaFile = tls.Get(RemoteKeys.CaFile, null),
            CertificateFile = certificate,
            KeyFile = key,
        };
    }
}
