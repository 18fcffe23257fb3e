namespace Gantry.Access;

/// <summary>Finds out who somebody is, from what they show; and makes guessing slow.</summary>
internal sealed partial class Identification(
    AdminToken token,
    TimeProvider time,
    ILogger<Identification> logger
)
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(30);

    private readonly Lockout _addresses = new(10, TimeSpan.FromMinutes(5), time);
    private readonly Lockout _names = new(20, TimeSpan.FromMinutes(1), time);
    private readonly Budget _unlimited = new(Limits.None, time);

    private readonly Admission _owner = new(Principal.Local, new(Limits.None, time), null, default)
    {
        IsHeaderOurs = true,
    };

    private readonly Admission _anonymous = new(
        Principal.Anonymous,
        new(Limits.None, time),
        null,
        default
    );

    // Who is let in from elsewhere sees nobody's servers but everybody's.
    private readonly Admission _stranger = new(
        Principal.Anonymous with
        {
            Tenancy = Tenancy.Nobody,
        },
        new(Limits.None, time),
        null,
        default
    );

    public async ValueTask<Entry> OfAsync(Visit visit, Presented presented)
    {
        var credential = Credential.Read(presented);
        if (credential is Credential.None)
        {
            return Unasked(visit);
        }

        var (address, name) = (visit.Address, NameIn(credential));
        var locked = Longer(_addresses.Left(address), name is null ? default : _names.Left(name));
        if (locked > TimeSpan.Zero)
        {
            return new(null, Refusal.Locked(locked));
        }

        switch (await JudgeAsync(visit, credential))
        {
            case Verdict.Welcome welcome:
                Forgive(name);
                return new(welcome.Admission, null);
            case Verdict.Ignored:
                return Unasked(visit);
            case Verdict.Insufficient insufficient:
                return new(null, Objection.Insufficient(visit, insufficient.Detail));
            case Verdict.Unable unable:
                return new(null, Unable(unable.Detail));
            default:
                Fail(address, name, presented.GetHashCode());
                return new(null, Objection.Unauthorized(visit, "invalid_token"));
        }
    }

    private Entry Unasked(Visit visit)
    {
        var (policy, listener) = (visit.Policy, visit.Listener);
        if (!policy.Admits(listener))
        {
            return new(null, Objection.Unauthorized(visit, error: null));
        }

        return new(policy.Asks || !listener.IsLoopback ? _stranger : _anonymous, null);
    }

    private async ValueTask<Verdict> JudgeAsync(Visit visit, Credential credential) =>
        credential switch
        {
            Credential.Key key => Judge(visit, key),
            Credential.Token bearer => await JudgeAsync(visit, bearer),
            Credential.Password password => await JudgeAsync(visit, password),
            _ => Foreign(visit),
        };

    private static Verdict Judge(Visit visit, Credential.Key key) =>
        KeyText.TryRead(key.Text, out var id, out var secret)
        && visit.Edition.Keys.Find(id, secret) is { } held
            ? new Verdict.Welcome(visit.Edition.Of(held))
            : Verdict.No;

    private async ValueTask<Verdict> JudgeAsync(Visit visit, Credential.Token bearer)
    {
        if (token.Is(bearer.Text))
        {
            return new Verdict.Welcome(_owner);
        }

        var policy = visit.Policy;
        return policy.HasIssuers
            ? await policy.Tokens.JudgeAsync(
                bearer.Text,
                policy.BudgetOf,
                visit.Context.RequestAborted
            )
            : Foreign(visit);
    }

    private async ValueTask<Verdict> JudgeAsync(Visit visit, Credential.Password password)
    {
        var policy = visit.Policy;
        if (!policy.HasUsers || visit.Area is not Area.Administration)
        {
            return Foreign(visit);
        }

        var principal = await policy.Passwords.CheckAsync(
            password.Name,
            password.Secret,
            visit.Context.RequestAborted
        );
        return principal is null
            ? Verdict.No
            : new Verdict.Welcome(
                new(principal, _unlimited, policy.BudgetOf(principal.Tenancy), policy.Ended)
                {
                    IsHeaderOurs = true,
                }
            );
    }

    // Where nobody is asked, a header may be meant for the server behind.
    private static Verdict Foreign(Visit visit) =>
        visit.Area is Area.Servers && visit.Policy.Admits(visit.Listener)
            ? new Verdict.Ignored()
            : Verdict.No;

    private static string? NameIn(Credential credential) =>
        credential switch
        {
            Credential.Key key when KeyText.TryRead(key.Text, out var id, out _) => $"key:{id}",
            Credential.Password password => $"user:{password.Name}",
            _ => null,
        };

    private void Forgive(string? name)
    {
        if (name is not null)
        {
            _names.Forgive(name);
        }
    }

    private void Fail(string address, string? name, int what)
    {
        if (_addresses.Fail(address, what) is { Ticks: > 0 } penalty)
        {
            LogLocked(address, penalty);
        }

        if (name is not null)
        {
            _names.Fail(name, what);
        }
    }

    private static Refusal Unable(string detail) =>
        new(StatusCodes.Status503ServiceUnavailable, "Cannot tell", detail)
        {
            RetryAfter = s_retry,
        };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    [LoggerMessage(LogLevel.Warning, "{Address} showed wrong credentials; not heard for {Penalty}")]
    private partial void LogLocked(string address, TimeSpan penalty);
}
