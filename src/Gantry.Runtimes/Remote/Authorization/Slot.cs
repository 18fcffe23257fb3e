using System.Net.Http.Headers;
using Gantry.Runtimes.Remote.Secrets;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>What one owner has at the moment. Whoever changes it holds the gate, so that a token is
/// renewed once however many calls need it.</summary>
internal sealed class Slot
{
    private Held? _held;
    private AuthenticationHeaderValue? _given;

    public SemaphoreSlim Gate { get; } = new(1);

    public Rounds Rounds { get; } = new();

    /// <summary>Why renewing failed lately, and until when it is not tried again; null when it did
    /// not.</summary>
    public (UpstreamRefusedException Why, DateTimeOffset Until)? Failure { get; set; }

    /// <summary>Null for nothing.</summary>
    public Held? Held
    {
        get => Volatile.Read(ref _held);
        set
        {
            _given = value?.Header ?? _given;
            Volatile.Write(ref _held, value);
        }
    }

    /// <summary>Whether it is of the kind that this slot gives, though perhaps an older one.
    /// </summary>
    public bool HasGiven(AuthenticationHeaderValue header) =>
        _given is { } given && given.Scheme == header.Scheme;
}

/// <param name="From">The content of the vault that it was found in.</param>
/// <param name="For">The address that it was found for.</param>
internal sealed record Held(
    Login Login,
    AuthenticationHeaderValue Header,
    VaultContent From,
    Uri For
)
{
    public bool Fits(VaultContent content, Uri resource) =>
        ReferenceEquals(From, content) && For == resource;

    // A printed record would show the header.
    public override string ToString() => Login.ToString();
}

/// <summary>How often authorization is tried: a server that refuses whatever it is shown must not
/// keep people and authorization servers busy.</summary>
internal sealed class Rounds
{
    /// <summary>So many within <see cref="Span"/>.</summary>
    private const int Max = 3;

    private readonly Queue<DateTimeOffset> _taken = new();

    private static TimeSpan Span { get; } = TimeSpan.FromMinutes(1);

    /// <exception cref="UpstreamRefusedException">There were too many lately.</exception>
    public void Take(LoginOwner owner, DateTimeOffset now)
    {
        while (_taken.TryPeek(out var first) && now - first >= Span)
        {
            _taken.Dequeue();
        }

        if (_taken.Count >= Max)
        {
            throw new UpstreamRefusedException(
                $"'{owner.Server}' goes on refusing after {Max} authorizations within a minute; "
                    + "the next is tried when that minute is over"
            );
        }

        _taken.Enqueue(now);
    }
}

/// <summary>What people are told.</summary>
internal static class Refusals
{
    public static UpstreamRefusedException NeedsLogin(LoginNeed need, bool isDenied)
    {
        var (server, principal) = need.Owner;
        var whose = principal is null ? "" : $" --principal {principal}";
        var more =
            isDenied && !need.Challenge.Scopes.IsEmpty
                ? $" with more rights ({ScopeSet.Format(need.Challenge.Scopes)})"
                : "";
        return need is { Auth.Per: Config.CredentialOwner.Principal, Owner.Principal: null }
            ? new($"'{server}' needs a login of each caller, and this caller is not known by name")
            : new($"needs login{more}: run 'gantry login {server}{whose}'");
    }
}
