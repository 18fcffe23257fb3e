using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Runtimes.Remote.Secrets;

/// <summary>All that the vault holds. Replaced whole, never edited.</summary>
internal sealed record VaultContent(
    ImmutableArray<Login> Logins,
    ImmutableArray<Registration> Registrations
)
{
    public static VaultContent Empty { get; } = new([], []);

    /// <summary>The latest login of this owner, of one issuer or of any.</summary>
    public Login? Find(LoginOwner owner, string? issuer = null) =>
        Logins
            .Where(login => login.Owner == owner && (issuer ?? login.Issuer) == login.Issuer)
            .MaxBy(login => login.At);

    /// <summary>The latest client that Gantry registered, or the one of that id.</summary>
    public Registration? FindRegistration(string server, string issuer, string? clientId = null) =>
        Registrations.LastOrDefault(known =>
            !known.IsPin
            && known.Server == server
            && known.Issuer == issuer
            && (clientId ?? known.ClientId) == known.ClientId
        );

    /// <summary>The client that was configured by hand for a server, and the issuer it was first
    /// shown to.</summary>
    public Registration? FindPinned(string server, string clientId) =>
        Registrations.FirstOrDefault(known =>
            known.IsPin && known.Server == server && known.ClientId == clientId
        );

    public VaultContent With(Login login) =>
        this with
        {
            Logins =
            [
                .. Logins.Where(other =>
                    other.Owner != login.Owner || other.Issuer != login.Issuer
                ),
                login,
            ],
        };

    /// <summary>An earlier client stays as long as a login was made with it: its tokens are of no
    /// use to another.</summary>
    public VaultContent With(Registration registration) =>
        this with
        {
            Registrations =
            [
                .. Registrations.Where(other =>
                    !other.IsSame(registration) && (other.IsPin || Logins.Any(other.IsUsedBy))
                ),
                registration,
            ],
        };

    /// <summary>Without what one owner has; without what is known of the server's clients too when
    /// nobody else has anything there.</summary>
    public VaultContent Without(LoginOwner owner)
    {
        var left = Logins.RemoveAll(login => login.Owner == owner);
        var isEmpty = left.All(login => login.Server != owner.Server);
        return new(
            left,
            isEmpty ? Registrations.RemoveAll(known => known.Server == owner.Server) : Registrations
        );
    }
}

/// <param name="Principal">Null when all callers of the server share the login.</param>
public sealed record LoginOwner(string Server, string? Principal)
{
    public override string ToString() => Principal is null ? Server : $"{Server} for {Principal}";
}

/// <summary>What one authorization server gave for one server.</summary>
internal sealed record Login(string Server, string? Principal, string Issuer, string ClientId)
{
    /// <summary>What the tokens are for, exactly as the server names itself.</summary>
    public required string Resource { get; init; }

    /// <summary>Null when nothing was given yet, or what was given no longer counts.</summary>
    public Secret? AccessToken { get; init; }

    public Secret? RefreshToken { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>What the server demanded since and the tokens do not have.</summary>
    public ImmutableArray<string> Missing { get; init; } = [];

    public DateTimeOffset At { get; init; }

    [JsonIgnore]
    public LoginOwner Owner => new(Server, Principal);

    public override string ToString() => $"{Owner} at {Issuer}";
}

/// <summary>Who Gantry is to one authorization server.</summary>
/// <param name="ClientSecret">Null for a public client.</param>
internal sealed record Registration(
    string Server,
    string Issuer,
    string ClientId,
    Secret? ClientSecret
)
{
    /// <summary>How the client shows who it is, as agreed; null when nothing was said.</summary>
    public string? Method { get; init; }

    /// <summary>The port that the redirect address was registered with.</summary>
    public int? RedirectPort { get; init; }

    /// <summary>Not a registration by Gantry: it only says which issuer a configured client belongs
    /// to.</summary>
    public bool IsPin { get; init; }

    public bool IsSame(Registration other) =>
        (Server, Issuer, ClientId, IsPin)
        == (other.Server, other.Issuer, other.ClientId, other.IsPin);

    public bool IsUsedBy(Login login) =>
        (Server, Issuer, ClientId) == (login.Server, login.Issuer, login.ClientId);

    public override string ToString() => $"{Server} at {Issuer}";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(VaultContent))]
[JsonSerializable(typeof(SealedVault))]
internal sealed partial class VaultJson : JsonSerializerContext;
