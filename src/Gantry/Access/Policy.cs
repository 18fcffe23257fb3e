using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using Gantry.Config;

namespace Gantry.Access;

/// <summary>The settings of one moment, made ready to decide by.</summary>
internal sealed class Policy : IDisposable
{
    private readonly GatewaySettings _settings;
    private readonly CancellationTokenSource _end = new();
    private readonly FrozenDictionary<string, Budget> _tenants;

    public Policy(GatewaySettings settings, JwtSources sources, TimeProvider time)
    {
        _settings = settings;
        Ended = _end.Token;
        Hosts = new(settings);
        PublicUrl = new(settings, Hosts);
        Passwords = new(settings.Auth?.Users ?? []);
        _tenants = settings.Tenants.ToFrozenDictionary(
            tenant => tenant.Key,
            tenant => new Budget(tenant.Value, time),
            StringComparer.Ordinal
        );
        Tokens = new(settings, sources, time, Ended);
        Scopes =
        [
            .. (settings.Auth?.Issuers ?? [])
                .SelectMany(issuer => issuer.RequiredScopes)
                .Distinct(),
        ];
        Issuers = [.. (settings.Auth?.Issuers ?? []).Select(issuer => issuer.Issuer)];
    }

    public string Fingerprint => _settings.Fingerprint;

    /// <summary>Cancelled when it no longer decides.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Whether anybody is asked at all.</summary>
    public bool Asks => _settings.Auth is not null;

    public HostRule Hosts { get; }

    public PublicUrl PublicUrl { get; }

    public Passwords Passwords { get; }

    public Tokens Tokens { get; }

    public ImmutableArray<string> Issuers { get; }

    /// <summary>What tokens must have.</summary>
    public ImmutableArray<string> Scopes { get; }

    public bool HasIssuers => !Issuers.IsEmpty;

    public bool HasUsers => _settings.Auth is { Users.Length: > 0 };

    /// <summary>Whether who says nothing comes in here.</summary>
    public bool Admits(Listener listener) =>
        (!Asks && listener.IsLoopback) || listener.IsAmong(_settings.AllowUnauthenticated);

    public Budget? BudgetOf(Tenancy tenancy) =>
        tenancy.Tenant is { } tenant ? _tenants.GetValueOrDefault(tenant) : null;

    /// <summary>Whether these settings decide the same.</summary>
    public bool IsOf(GatewaySettings settings) =>
        ReferenceEquals(settings, _settings)
        || (settings.Fingerprint == Fingerprint && settings.Auth is null == !Asks);

    /// <summary>Ends what was let in by it and by nothing else: tokens and passwords.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }
}

/// <summary>A policy together with the keys: while both are the same, so is every decision.</summary>
internal sealed class Edition(GatewaySettings settings, Policy policy, KeySet keys)
{
    private readonly ConcurrentDictionary<string, Admission> _byKey = new(StringComparer.Ordinal);

    public GatewaySettings Settings { get; } = settings;

    public Policy Policy { get; } = policy;

    public KeySet Keys { get; } = keys;

    /// <summary>The admission of a key that was recognised.</summary>
    public Admission Of(HeldKey held) =>
        _byKey.GetOrAdd(
            held.Key.Id,
            static (_, state) =>
            {
                var principal = state.held.Key.ToPrincipal();
                var tenants = state.Policy.BudgetOf(principal.Tenancy);
                return new(principal, state.held.Budget, tenants, state.held.End.Token)
                {
                    IsHeaderOurs = true,
                };
            },
            (held, Policy)
        );
}
