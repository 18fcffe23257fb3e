using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Access;

/// <summary>All API keys as the state directory keeps them: versioned JSON.</summary>
public static class KeyFile
{
    private const int Version = 1;

    /// <exception cref="FormatException">It is of another version, or no key file.</exception>
    public static ImmutableArray<ApiKey> Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return
                JsonSerializer.Deserialize(json, KeyJson.Default.SavedKeys)
                    is { Version: Version } saved
                ? [.. saved.Keys.Select(key => key.Restore())]
                : throw new FormatException($"Its version is not {Version}.");
        }
        catch (JsonException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    public static byte[] Write(IEnumerable<ApiKey> keys) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new SavedKeys(Version, [.. keys.Select(SavedKey.Of)]),
            KeyJson.Default.SavedKeys
        );
}

internal sealed record SavedKeys(int Version, ImmutableArray<SavedKey> Keys);

internal sealed record SavedKey(
    string Id,
    string Name,
    string Role,
    DateTimeOffset CreatedAt,
    byte[] Salt,
    byte[] Hash
)
{
    public string? Tenant { get; init; }

    public string? Rate { get; init; }

    public int? Concurrency { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public static SavedKey Of(ApiKey key) =>
        new(key.Id, key.Name, key.Role.Word(), key.CreatedAt, key.Secret.Salt, key.Secret.Hash)
        {
            Tenant = key.Tenant,
            Rate = key.Limits.Rate?.ToString(),
            Concurrency = key.Limits.Concurrency,
            ExpiresAt = key.ExpiresAt,
            RevokedAt = key.RevokedAt,
        };

    public ApiKey Restore() =>
        new(
            Id,
            Name,
            Roles.Parse(Role) ?? throw new FormatException($"'{Role}' is not a role."),
            Tenant,
            new(RestoreRate(), Concurrency),
            CreatedAt
        )
        {
            ExpiresAt = ExpiresAt,
            RevokedAt = RevokedAt,
            Secret = new(Salt, Hash),
        };

    // A limit that cannot be read must not become no limit.
    private Rate? RestoreRate() =>
        Rate is null
            ? null
            : Access.Rate.Parse(Rate) ?? throw new FormatException($"'{Rate}' is not a rate.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(SavedKeys))]
internal sealed partial class KeyJson : JsonSerializerContext;
