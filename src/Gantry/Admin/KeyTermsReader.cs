using System.Globalization;
using System.Text.RegularExpressions;
using Gantry.Access;
using Gantry.Admin.Views;

namespace Gantry.Admin;

/// <summary>Reads what a new key shall be.</summary>
internal static partial class KeyTermsReader
{
    private const int MaxName = 64;

    [GeneratedRegex("^[1-9][0-9]{0,4}(m|h|d)$", RegexOptions.CultureInvariant)]
    private static partial Regex Lifetime { get; }

    /// <summary>What is wrong with it; null when it can be made.</summary>
    /// <param name="giver">Nobody gives what they do not have: of a tenant, keys of that tenant.
    /// </param>
    public static string? Read(KeyRequest request, Tenancy giver, out KeyTerms terms)
    {
        terms = new(request.Name, Role.Caller, request.Tenant, Limits.None);
        if (!IsName(request.Name))
        {
            return $"A key needs a name of at most {MaxName} printable characters.";
        }

        if (Roles.Parse(request.Role ?? "caller") is not { } role)
        {
            return $"'{request.Role}' is not a role. Choose viewer, caller, operator or admin.";
        }

        var wrong = ReadTenant(request, giver, out var tenant);
        wrong ??= ReadLimits(request);
        if (wrong is not null)
        {
            return wrong;
        }

        var rate = request.Rate is { } text ? Rate.Parse(text) : null;
        terms = new(request.Name, role, tenant, new(rate, request.Concurrency));
        return ReadLifetime(request, ref terms);
    }

    private static string? ReadTenant(KeyRequest request, Tenancy giver, out string? tenant)
    {
        tenant = request.Tenant ?? giver.Tenant;
        if (!giver.IsEverything && (tenant is null || tenant != giver.Tenant))
        {
            return "An admin of one tenant makes keys of that tenant.";
        }

        return tenant is null || TenantName.IsValid(tenant)
            ? null
            : $"'{tenant}' is not a tenant. Use letters, digits, '.', '_' and '-'.";
    }

    private static string? ReadLimits(KeyRequest request) =>
        request.Rate is { } rate && Rate.Parse(rate) is null
            ? $"'{rate}' is not a rate. Write it as 100/s, 60/m or 1000/h."
        : request.Concurrency is < 1 ? "A concurrency below 1 lets nothing through."
        : null;

    private static string? ReadLifetime(KeyRequest request, ref KeyTerms terms)
    {
        if (request.Expires is not { } text)
        {
            return null;
        }

        if (!Lifetime.IsMatch(text))
        {
            return $"'{text}' is not a lifetime. Write it as 90d, 12h or 30m.";
        }

        var number = int.Parse(text.AsSpan(..^1), CultureInfo.InvariantCulture);
        terms = terms with
        {
            ExpiresIn = text[^1] switch
            {
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                _ => TimeSpan.FromDays(number),
            },
        };
        return null;
    }

    private static bool IsName(string? name) =>
        name is { Length: > 0 and <= MaxName } && !name.Any(char.IsControl);
}
