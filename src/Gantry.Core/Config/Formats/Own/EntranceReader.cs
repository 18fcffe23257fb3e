using System.Collections.Immutable;
using Gantry.Access;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;
using Gantry.Config.Variables;

namespace Gantry.Config.Formats;

/// <summary>Reads <c>gateway.auth</c>. Once the key is there, nobody comes in unasked, even when
/// nothing below it can be read.</summary>
internal sealed class EntranceReader(Func<Report, Expander> expanderFor, Report report)
{
    /// <param name="block">Null when it could not be read.</param>
    /// <param name="hasPublicUrl">Whether that can be the audience.</param>
    public AuthSettings Read(Node.Mapping? block, bool hasPublicUrl)
    {
        if (block is null)
        {
            return new();
        }

        var fields = new Fields(block, GatewayKeys.AuthBlock, report);
        fields.Get(GatewayKeys.ApiKeys, true);
        return new()
        {
            Issuers =
            [
                .. fields
                    .Get(GatewayKeys.Jwt, [])
                    .Select(issuer => ReadIssuer(issuer, hasPublicUrl))
                    .OfType<IssuerSettings>(),
            ],
            Users = fields.Get(GatewayKeys.Basic, null) is { } basic ? ReadUsers(basic) : [],
        };
    }

    private IssuerSettings? ReadIssuer(Node.Mapping block, bool hasPublicUrl)
    {
        var own = new Remarks(report, expanderFor);
        var fields = new Fields(block, GatewayKeys.IssuerBlock, own.Report);
        if (own.Text(fields, GatewayKeys.Issuer) is not { } issuer)
        {
            own.Report.Add(block.Place, AccessFaults.NoIssuer);
            return own.Pass<IssuerSettings>(null);
        }

        CheckUrl(issuer, GatewayKeys.Issuer, own.Report);
        var audiences = own.Texts(fields, GatewayKeys.Audience);
        if (audiences.IsEmpty && !hasPublicUrl)
        {
            own.Report.Add(block.Place, AccessFaults.NoAudience);
        }

        return own.Pass(
            new IssuerSettings(issuer.Value)
            {
                Audiences = audiences,
                KeysUrl = own.Text(fields, GatewayKeys.KeysUrl) is { } url
                    ? CheckUrl(url, GatewayKeys.KeysUrl, own.Report)
                    : null,
                RolesClaim = own.Text(fields, GatewayKeys.RolesClaim)?.Value,
                RoleMap = ReadRoles(fields, own.Report),
                TenantClaim = own.Text(fields, GatewayKeys.TenantClaim)?.Value,
                RequiredScopes = own.Texts(fields, GatewayKeys.RequiredScopes),
                Limits = GatewayReader.ReadLimits(fields),
            }
        );
    }

    private static Uri? CheckUrl(Placed<string> text, Key key, Report report)
    {
        if (WebUrl.Parse(text.Value) is { } url && WebUrl.IsSafe(url))
        {
            return url;
        }

        report.Add(text.Place, AccessFaults.BadUrl(key.Name, text.Value));
        return null;
    }

    private static ImmutableDictionary<string, Role> ReadRoles(Fields fields, Report report)
    {
        var roles = ImmutableDictionary.CreateBuilder<string, Role>(StringComparer.Ordinal);
        foreach (var (claimed, word) in fields.Get(GatewayKeys.RoleMap, []))
        {
            if (Roles.Parse(word.Value) is { } role)
            {
                roles[claimed] = role;
            }
            else
            {
                report.Add(word.Place, AccessFaults.BadRole(word.Value));
            }
        }

        return roles.ToImmutable();
    }

    private ImmutableArray<UserSettings> ReadUsers(Node.Mapping block) =>
        [
            .. new Fields(block, GatewayKeys.BasicBlock, report)
                .Get(GatewayKeys.Users, [])
                .Select(ReadUser)
                .OfType<UserSettings>(),
        ];

    private UserSettings? ReadUser(Node.Mapping block)
    {
        var own = new Remarks(report, expanderFor);
        var fields = new Fields(block, GatewayKeys.UserBlock, own.Report);
        var name = own.Text(fields, GatewayKeys.UserName)?.Value ?? "";
        var hash = own.Text(fields, GatewayKeys.PasswordHash);
        var password = fields.Get(GatewayKeys.Password, null) is { } written
            ? own.Expander.Expand(written)
            : null;
        if (name.Length == 0 || name.Contains(':') || (hash is null) == (password is null))
        {
            own.Report.Add(block.Place, AccessFaults.BadUser);
        }

        var parsed = hash is { } text ? PasswordHash.Parse(text.Value) : null;
        if (hash is { Place: var place } && parsed is null)
        {
            own.Report.Add(place, AccessFaults.BadHash);
        }

        return own.Pass(
            new UserSettings(name, fields.Get(GatewayKeys.Role, null) ?? Role.Viewer)
            {
                Tenant = own.Text(fields, GatewayKeys.Tenant)?.Value,
                Hash = parsed,
                Password = password,
            }
        );
    }

    // What is wrong with one entry takes that entry away, not its neighbours.
    private sealed class Remarks
    {
        private readonly List<Diagnostic> _found = [];
        private readonly Report _whole;

        public Remarks(Report whole, Func<Report, Expander> expanderFor)
        {
            _whole = whole;
            Report = new(_found, isForeign: false);
            Expander = expanderFor(Report);
        }

        public Report Report { get; }

        public Expander Expander { get; }

        public Placed<string>? Text(Fields fields, Key<Placed<string>?> key) =>
            fields.Get(key, null) is { } written && Expander.Expand(written) is { } text
                ? new(text.Value, written.Place)
                : null;

        public ImmutableArray<string> Texts(
            Fields fields,
            Key<ImmutableArray<Placed<string>>> key
        ) =>
            [
                .. fields
                    .Get(key, [])
                    .Select(Expander.Expand)
                    .OfType<Expandable>()
                    .Select(text => text.Value),
            ];

        public T? Pass<T>(T? entry)
            where T : class
        {
            foreach (var diagnostic in _found)
            {
                _whole.Pass(diagnostic);
            }

            return Report.HasErrors ? null : entry;
        }
    }
}
