using System.Collections.Immutable;
using Gantry.Access;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;
using Gantry.Config.Variables;

namespace Gantry.Config.Formats;

/// <summary>Reads the <c>gateway:</c> block. Whatever is wrong in it lets fewer people in, not
/// more.</summary>
internal sealed class GatewayReader(
    SourceFile source,
    Func<Report, Expander> expanderFor,
    Report report
)
{
    private readonly Expander _expander = expanderFor(report);

    public GatewaySettings Read(Node.Mapping block)
    {
        var fields = new Fields(block, GatewayKeys.Table, report);
        var publicUrl = ReadUrl(fields, GatewayKeys.PublicUrl);
        var listening = new ListenReader(source, _expander, report);
        var listen = listening.ReadAddresses(fields);
        return new()
        {
            Listen = listen,
            SocketMode = listening.ReadMode(fields),
            Separator = ReadSeparator(fields),
            Auth = fields.Has(GatewayKeys.Auth)
                ? new EntranceReader(expanderFor, report).Read(
                    fields.Get(GatewayKeys.Auth, null),
                    publicUrl is not null
                )
                : null,
            AllowUnauthenticated = Texts(fields, GatewayKeys.AllowUnauthenticated, null),
            AllowedHosts = Texts(fields, GatewayKeys.AllowedHosts, JudgeHost),
            PublicUrl = publicUrl,
            TrustedProxies = Texts(fields, GatewayKeys.TrustedProxies, JudgeNetwork),
            CorsOrigins = ReadOrigins(fields),
            Tls = ReadTls(fields),
            Tenants = ReadTenants(fields),
            Replicas = fields.Has(GatewayKeys.Replicated)
                ? new ReplicaReader(_expander, source.Directory, report).Read(
                    fields.Get(GatewayKeys.Replicated, null),
                    listen.FirstOrDefault(IsNoSocket)
                )
                : null,
            Limits = fields.Get(LimitKeys.Limits, null) is { } limits
                ? LimitKeys.Read(new(limits, LimitKeys.Table, report))
                : new(),
        };
    }

    private static bool IsNoSocket(string address) =>
        !address.StartsWith(GatewaySettings.SocketPrefix, StringComparison.Ordinal);

    private Separator ReadSeparator(Fields fields)
    {
        if (Text(fields, GatewayKeys.Separated) is not { } given)
        {
            return Separator.Default;
        }

        if (Separator.TryParse(given.Value, out var separator))
        {
            return separator;
        }

        report.Add(given.Place, GroupFaults.BadSeparator(given.Value));
        return Separator.Default;
    }

    private ImmutableArray<string> ReadOrigins(Fields fields) =>
        fields.Get(GatewayKeys.Cors, null) is { } block
            ? Texts(
                new Fields(block, GatewayKeys.CorsBlock, report),
                GatewayKeys.Origins,
                JudgeOrigin
            )
            : [];

    private TlsSettings? ReadTls(Fields fields)
    {
        if (fields.Get(GatewayKeys.Tls, null) is not { } block)
        {
            return null;
        }

        var tls = new Fields(block, GatewayKeys.TlsBlock, report);
        if (
            Text(tls, GatewayKeys.CertificateFile) is { } certificate
            && Text(tls, GatewayKeys.KeyFile) is { } key
        )
        {
            return new(Full(certificate.Value), Full(key.Value));
        }

        report.Add(block.Place, AccessFaults.HalfTls);
        return new("", "");
    }

    private string Full(string path) => Path.GetFullPath(path, source.Directory);

    private ImmutableDictionary<string, Limits> ReadTenants(Fields fields)
    {
        var tenants = ImmutableDictionary.CreateBuilder<string, Limits>(StringComparer.Ordinal);
        foreach (var (key, value) in fields.Get(GatewayKeys.Tenants, []))
        {
            if (!TenantName.IsValid(key.Text))
            {
                report.Add(key.Place, AccessFaults.BadTenant(key.Text));
            }
            else if (value is Node.Mapping block)
            {
                tenants[key.Text] = ReadLimits(new(block, GatewayKeys.TenantBlock, report));
            }
        }

        return tenants.ToImmutable();
    }

    public static Limits ReadLimits(Fields fields) =>
        new(
            fields.Get(GatewayKeys.Rated, null),
            fields.Get(GatewayKeys.Concurrency, 0) is > 0 and var most ? (int)most : null
        );

    private Uri? ReadUrl(Fields fields, Key<Placed<string>?> key)
    {
        if (Text(fields, key) is not { } text)
        {
            return null;
        }

        // Plain http is allowed here: what terminates TLS may be in front.
        if (WebUrl.Parse(text.Value) is { } url)
        {
            return url;
        }

        report.Add(text.Place, AccessFaults.BadUrl(key.Name, text.Value));
        return null;
    }

    private Placed<string>? Text(Fields fields, Key<Placed<string>?> key) =>
        fields.Get(key, null) is { } written && _expander.Expand(written) is { } text
            ? new(text.Value, written.Place)
            : null;

    private ImmutableArray<string> Texts(
        Fields fields,
        Key<ImmutableArray<Placed<string>>> key,
        Func<string, Fault?>? judge
    )
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var written in fields.Get(key, []))
        {
            if (_expander.Expand(written) is not { Value: var text })
            {
                continue;
            }

            var fault = judge?.Invoke(text);
            if (fault is not null)
            {
                report.Add(written.Place, fault);
            }

            if (fault is not { Severity: Severity.Error })
            {
                texts.Add(text);
            }
        }

        return texts.ToImmutable();
    }

    private static Fault? JudgeHost(string text) =>
        text is "*" || Uri.CheckHostName(text) is not UriHostNameType.Unknown
            ? null
            : AccessFaults.BadHost(text);

    private static Fault? JudgeOrigin(string text) =>
        OriginPattern.IsOne(text) ? JudgePattern(text)
        : text is "*"
        || WebUrl.Parse(text) is { } url && url.GetLeftPart(UriPartial.Authority) == text
            ? null
        : AccessFaults.BadOrigin(text);

    private static Fault? JudgePattern(string text) =>
        OriginPattern.Parse(text) is null ? AccessFaults.BadPattern(text)
        : OriginPattern.IsLoose(text) ? AccessFaults.LoosePattern(text)
        : null;

    private static Fault? JudgeNetwork(string text)
    {
        if (text is GatewaySettings.SocketProxy)
        {
            return null;
        }

        var parts = text.Split('/');
        var kind = Uri.CheckHostName(parts[0]);
        var longest = kind is UriHostNameType.IPv6 ? 128 : 32;
        return
            kind is UriHostNameType.IPv4 or UriHostNameType.IPv6
            && (
                parts.Length == 1
                || (parts is [_, var bits] && byte.TryParse(bits, out var n) && n <= longest)
            )
            ? null
            : AccessFaults.BadNetwork(text);
    }
}

/// <summary>Addresses in the web.</summary>
internal static class WebUrl
{
    public static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https"
        && url.Query.Length == 0
        && url.Fragment.Length == 0
        && url.UserInfo.Length == 0
            ? url
            : null;

    /// <summary>What is fetched from must not be open to whoever sits in between.</summary>
    public static bool IsSafe(Uri url) => url.Scheme is "https" || url.IsLoopback;
}
