using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Gantry.Config;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gantry.Access;

/// <summary>Judges tokens that identity providers made.</summary>
internal sealed class Tokens(
    GatewaySettings settings,
    JwtSources sources,
    TimeProvider time,
    CancellationToken ended
)
{
    /// <summary>How far the clocks of others may be off.</summary>
    private static readonly TimeSpan s_skew = TimeSpan.FromSeconds(60);

    /// <summary>How many tokens that were found right are remembered until they expire.</summary>
    private const int MaxRemembered = 4_096;

    /// <summary>How many callers' limits are counted; beyond that all counts begin anew.</summary>
    private const int MaxBudgets = 10_000;

    private const int MaxTokenSize = 16 * 1024;

    /// <summary>No timer is set further ahead.</summary>
    private static readonly TimeSpan s_furthest = TimeSpan.FromDays(40);

    // Signatures with a private key only: with the others, who can verify can also sign.
    private static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new()
    {
        MapInboundClaims = false,
        MaximumTokenSizeInBytes = MaxTokenSize,
    };

    private readonly FrozenDictionary<string, IssuerSettings> _issuers = (
        settings.Auth?.Issuers ?? []
    )
        .DistinctBy(issuer => issuer.Issuer)
        .ToFrozenDictionary(issuer => issuer.Issuer, StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, Admission> _right = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Budget> _budgets = new(StringComparer.Ordinal);

    public async ValueTask<Verdict> JudgeAsync(
        string text,
        Func<Tenancy, Budget?> tenants,
        CancellationToken cancellationToken
    )
    {
        var mark = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        if (_right.TryGetValue(mark, out var known))
        {
            return new Verdict.Welcome(known);
        }

        if (Parse(text) is not { } token || !_issuers.TryGetValue(token.Issuer, out var issuer))
        {
            return Verdict.No;
        }

        var keys = await sources.Of(issuer).FindAsync(token.Kid ?? "", cancellationToken);
        if (keys is null)
        {
            return new Verdict.Unable($"The keys of '{issuer.Issuer}' cannot be had now.");
        }

        var usable = keys.Value.RemoveAll(key =>
            key.Alg is { Length: > 0 } alg && alg != token.Alg
        );
        var result = await _handler.ValidateTokenAsync(token, Parameters(issuer, usable));
        return result.IsValid && !IsFromTheFuture(token)
            ? Judge(token, issuer, tenants, mark)
            : Verdict.No;
    }

    private static JsonWebToken? Parse(string text)
    {
        try
        {
            return text.Length <= MaxTokenSize ? new(text) : null;
        }
        catch (Exception exception)
            when (exception is ArgumentException or SecurityTokenException or FormatException)
        {
            return null;
        }
    }

    // The audience is looked at afterwards: it may be one server alone.
    private TokenValidationParameters Parameters(
        IssuerSettings issuer,
        IEnumerable<JsonWebKey> keys
    ) =>
        new()
        {
            ValidIssuer = issuer.Issuer,
            ValidateAudience = false,
            IssuerSigningKeys = keys,
            TryAllIssuerSigningKeys = true,
            ValidAlgorithms = s_algorithms,
            RequireSignedTokens = true,
            LifetimeValidator = (notBefore, expires, _, _) => IsNow(notBefore, expires),
        };

    private bool IsNow(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + s_skew && !(notBefore > now + s_skew);
    }

    private bool IsFromTheFuture(JsonWebToken token) =>
        token.IssuedAt > (time.GetUtcNow() + s_skew).UtcDateTime;

    private Verdict Judge(
        JsonWebToken token,
        IssuerSettings issuer,
        Func<Tenancy, Budget?> tenants,
        string mark
    )
    {
        var claims = new TokenClaims(token, issuer);
        if (claims.Subject is not { } subject || !IsForUs(token, issuer, out var path))
        {
            return Verdict.No;
        }

        if (claims.MissingScope is { } scope)
        {
            return new Verdict.Insufficient($"The token lacks the scope '{scope}'.");
        }

        if (claims.Role is not { } role)
        {
            return new Verdict.Insufficient("The token carries no role that is known here.");
        }

        var principal = new Principal($"jwt:{issuer.Issuer}|{subject}", PrincipalKind.Jwt, role)
        {
            Tenancy = claims.Tenancy,
            Limits = issuer.Limits,
        };
        var end = EndOf(token);
        return new Verdict.Welcome(
            Remember(
                mark,
                new(principal, BudgetOf(principal), tenants(principal.Tenancy), end)
                {
                    PathLimit = path,
                }
            )
        );
    }

    // For whom the issuer's settings say; without a word, for our own address, or for what lies
    // below it and then for nothing else.
    private bool IsForUs(JsonWebToken token, IssuerSettings issuer, out string? path)
    {
        path = null;
        if (!issuer.Audiences.IsEmpty)
        {
            return token.Audiences.Any(audience => issuer.Audiences.Contains(audience));
        }

        if (settings.PublicUrl?.AbsoluteUri.TrimEnd('/') is not { } ours)
        {
            return false;
        }

        foreach (var audience in token.Audiences.Select(audience => audience.TrimEnd('/')))
        {
            if (audience == ours || audience.StartsWith($"{ours}/", StringComparison.Ordinal))
            {
                path = audience.Length == ours.Length ? null : audience[ours.Length..];
                return true;
            }
        }

        return false;
    }

    private Budget BudgetOf(Principal principal)
    {
        if (_budgets.Count >= MaxBudgets)
        {
            _budgets.Clear();
        }

        return _budgets.GetOrAdd(principal.Id, _ => new(principal.Limits, time));
    }

    private CancellationToken EndOf(JsonWebToken token)
    {
        var left = token.ValidTo + s_skew - time.GetUtcNow().UtcDateTime;
        var expiry = new CancellationTokenSource(left < s_furthest ? left : s_furthest, time);
        return CancellationTokenSource.CreateLinkedTokenSource(ended, expiry.Token).Token;
    }

    private Admission Remember(string mark, Admission admission)
    {
        if (_right.Count >= MaxRemembered)
        {
            _right.Clear();
        }

        _right[mark] = admission;
        admission.Ended.UnsafeRegister(_ => _right.TryRemove(mark, out var _), null);
        return admission;
    }
}
