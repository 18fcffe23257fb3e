using System.Text;
using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Gateway.Replicas;

/// <summary>
/// This process among its replicas. What clients come back for carries, sealed, the name of the
/// replica that has it; alone, nothing is added and nothing is looked for.
/// </summary>
internal sealed partial class Peers(Board board, ILogger<Peers> logger)
{
    /// <summary>Between what a thing is called here and the seal. Safe in headers and addresses.
    /// </summary>
    private const char Separator = '~';

    /// <summary>On a request that a replica passed on: it goes no further.</summary>
    public const string ForwardedHeader = "Gantry-Forwarded";

    private const string Forwarded = "forwarded";

    private readonly ulong _run = Replica.NewRun();
    private Uri? _listening;
    private Edition _edition = new(null, null, null, null);

    public bool IsAlone => Current().Self is null;

    public ReplicaSettings Settings => Current().Settings ?? new();

    /// <summary>Says, once it is known, where this process listens; until then it is alone.</summary>
    public void ListenAt(Uri url) => Volatile.Write(ref _listening, url);

    /// <summary>How clients shall call what is called this here.</summary>
    public string Name(string id) =>
        Current() is { Self: { } self, Ring: { } ring }
            ? $"{id}{Separator}{ring.Seal(self.Write(), Encoding.UTF8.GetBytes(id))}"
            : id;

    /// <summary>How much longer a name is than what it names.</summary>
    public int NameLength => Current().Self is null ? 0 : Name("").Length;

    /// <summary>What it is called here; the same when nothing was added to it.</summary>
    public static string Bare(string name) =>
        name.LastIndexOf(Separator) is >= 0 and var at ? name[..at] : name;

    /// <summary>The other replica that has what goes by this name. Null when it is this one, or
    /// the name was not given by any.</summary>
    public Replica? HolderOf(string name) =>
        Current() is { Self: { } self, Ring: { } ring }
        && Open(ring, name) is { } holder
        && holder.Url != self.Url
            ? holder
            : null;

    /// <summary>Whether another replica passed the request on, and not somebody who says so.</summary>
    public bool IsForwarded(HttpContext context) =>
        context.Request.Headers.TryGetValue(ForwardedHeader, out var mark)
        && mark.ToString() is var name
        && Current().Ring is { } ring
        && Bare(name) == Forwarded
        && Open(ring, name) is not null;

    /// <summary>The value of the header on what this replica passes on.</summary>
    public string NewMark() => Name(Forwarded);

    private static Replica? Open(SealRing ring, string name) =>
        name.LastIndexOf(Separator) is >= 0 and var at
        && ring.Open(name.AsSpan(at + 1), Encoding.UTF8.GetBytes(name[..at])) is { } bytes
            ? Replica.Read(bytes)
            : null;

    // Secrets may change while the gateway runs.
    private Edition Current()
    {
        var edition = Volatile.Read(ref _edition);
        var settings = board.Current.Config.Gateway.Replicas;
        var listening = Volatile.Read(ref _listening);
        if (
            !ReferenceEquals(edition.Settings, settings)
            || !ReferenceEquals(edition.Listening, listening)
        )
        {
            edition = Make(settings, listening);
            Volatile.Write(ref _edition, edition);
        }

        return edition;
    }

    private Edition Make(ReplicaSettings? settings, Uri? listening)
    {
        var isAlone = settings is null || settings.Secrets.IsEmpty || listening is null;
        var url = settings?.Url ?? listening;
        if (isAlone || url is null || !ReplicaSettings.IsReachable(url))
        {
            if (settings is not null && listening is not null)
            {
                LogAlone(listening);
            }

            return new(settings, listening, null, null);
        }

        return new(
            settings,
            listening,
            new(url, _run),
            new(settings?.Secrets.Select(secret => Encoding.UTF8.GetBytes(secret.Value)) ?? [])
        );
    }

    [LoggerMessage(
        LogLevel.Warning,
        "gateway.replicas has no effect: it names no secret, or not where others reach {Listening}"
    )]
    private partial void LogAlone(Uri listening);

    /// <param name="Self">Null while alone, as the ring.</param>
    private sealed record Edition(
        ReplicaSettings? Settings,
        Uri? Listening,
        Replica? Self,
        SealRing? Ring
    );
}
