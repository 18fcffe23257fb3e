using Gantry.Access;

namespace Gantry.Admin.Views;

/// <summary>An API key, without its secret.</summary>
/// <param name="State"><c>valid</c>, <c>expired</c> or <c>revoked</c>.</param>
internal sealed record KeyView(
    string Id,
    string Name,
    string Role,
    string State,
    DateTimeOffset CreatedAt
)
{
    public string? Tenant { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public string? Rate { get; init; }

    public int? Concurrency { get; init; }

    public static KeyView Of(ApiKey key, DateTimeOffset now) =>
        new(
            key.Id,
            key.Name,
            key.Role.Word(),
            key.RevokedAt is not null ? "revoked"
                : key.IsValid(now) ? "valid"
                : "expired",
            key.CreatedAt
        )
        {
            Tenant = key.Tenant,
            ExpiresAt = key.ExpiresAt,
            RevokedAt = key.RevokedAt,
            Rate = key.Limits.Rate?.ToString(),
            Concurrency = key.Limits.Concurrency,
        };
}

/// <param name="Secret">The key as its holder needs it; it is shown this once.</param>
/// <param name="IsAsked">Whether the gateway asks for keys at all.</param>
internal sealed record NewKeyView(KeyView Key, string Secret, bool IsAsked);

/// <summary>A key to be made.</summary>
/// <param name="Role">A <see cref="Access.Role"/>; a caller when absent.</param>
internal sealed record KeyRequest(string Name)
{
    public string? Role { get; init; }

    public string? Tenant { get; init; }

    /// <summary>Such as 90d; null for never.</summary>
    public string? Expires { get; init; }

    /// <summary>Such as 100/s.</summary>
    public string? Rate { get; init; }

    public int? Concurrency { get; init; }
}
