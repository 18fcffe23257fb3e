using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Access;

/// <summary>The one place that decides who comes in, to the servers and to the admin API alike.
/// </summary>
internal sealed partial class FrontDoor : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Board _board;
    private readonly KeyRing _keys;
    private readonly AdminToken _token;
    private readonly JwtSources _sources;
    private readonly TimeProvider _time;
    private readonly Identification _identification;
    private readonly Admission _local;
    private Edition _edition;

    public FrontDoor(
        Board board,
        KeyRing keys,
        AdminToken token,
        JwtSources sources,
        TimeProvider time,
        ILogger<Identification> logger
    )
    {
        (_board, _keys, _token, _sources, _time) = (board, keys, token, sources, time);
        _local = new(Principal.Local, new(Limits.None, time), null, default);
        _identification = new(token, time, logger);
        var settings = board.Current.Config.Gateway;
        _edition = new(settings, new(settings, sources, time), keys.Current);
    }

    public Policy Policy => Current().Policy;

    public HostRule Hosts => Policy.Hosts;

    /// <summary>
    /// Lets somebody in, or says why not. What a connection showed before is recognised without a
    /// second look, at once and without an allocation.
    /// </summary>
    public ValueTask<Entry> AdmitAsync(HttpContext context, Area area, Role needed)
    {
        var doorstep = Doorstep.Of(context);
        if (doorstep is { Listener.IsTrusted: true })
        {
            return new(Enter(context, _local));
        }

        var edition = Current();
        if (edition.Policy.Hosts.Refuse(context, area) is { } refusal)
        {
            return new(new Entry(null, refusal));
        }

        var presented = Presented.By(context.Request);
        return doorstep?.Recall(edition, presented) is { } known
            ? new(Let(new(context, edition, area, needed, _token), known))
            : IdentifyAsync(new(context, edition, area, needed, _token), presented);
    }

    public void Dispose() => _edition.Policy.Dispose();

    private async ValueTask<Entry> IdentifyAsync(Visit visit, Presented presented)
    {
        var entry = await _identification.OfAsync(visit, presented);
        if (entry.Admission is not { } admission)
        {
            return entry;
        }

        visit.Doorstep?.Remember(visit.Edition, presented, admission);
        return Let(visit, admission);
    }

    private static Entry Let(in Visit visit, Admission admission) =>
        Objection.To(visit, admission) is { } refusal
            ? new(null, refusal)
            : Enter(visit.Context, admission);

    private static Entry Enter(HttpContext context, Admission admission)
    {
        context.Features.Set(admission);
        return new(admission, null);
    }

    private Edition Current()
    {
        var edition = Volatile.Read(ref _edition);
        return IsCurrent(edition) ? edition : Renew();
    }

    private bool IsCurrent(Edition edition) =>
        ReferenceEquals(edition.Settings, _board.Current.Config.Gateway)
        && ReferenceEquals(edition.Keys, _keys.Current);

    private Edition Renew()
    {
        lock (_lock)
        {
            if (IsCurrent(_edition))
            {
                return _edition;
            }

            var (was, settings) = (_edition.Policy, _board.Current.Config.Gateway);
            var isSame = was.IsOf(settings);
            var policy = isSame ? was : new Policy(settings, _sources, _time);
            Volatile.Write(ref _edition, new(settings, policy, _keys.Current));
            if (!isSame)
            {
                was.Dispose();
            }

            return _edition;
        }
    }
}

/// <summary>Either is there: somebody who is in, or why not.</summary>
internal readonly record struct Entry(Admission? Admission, Refusal? Refusal);

/// <summary>A request that stands at the door.</summary>
internal readonly record struct Visit(
    HttpContext Context,
    Edition Edition,
    Area Area,
    Role Needed,
    AdminToken Token
)
{
    public Policy Policy => Edition.Policy;

    public Doorstep? Doorstep => Doorstep.Of(Context);

    /// <summary>Who serves without saying where it listens, listens on this machine.</summary>
    public Listener Listener =>
        Doorstep?.Listener
        ?? new(Listener.MainName, new(Context.Connection.LocalIpAddress ?? IPAddress.Loopback, 0));

    public string Address
    {
        get
        {
            var address = Policy.PublicUrl.Client(Context) ?? IPAddress.None;
            return
                address is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 }
                && !address.IsIPv4MappedToIPv6
                ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
                : address.ToString();
        }
    }
}

/// <summary>The token in the state directory with which the daemon's owner comes in over TCP.
/// </summary>
internal sealed record AdminToken(string Text, string File)
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes(Text);

    public bool Is(string text) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text), _text);

    public override string ToString() => File;
}
