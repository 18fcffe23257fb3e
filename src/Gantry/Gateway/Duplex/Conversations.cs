using System.Collections.Concurrent;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;

namespace Gantry.Gateway.Duplex;

/// <summary>All conversations that are going on.</summary>
internal sealed partial class Conversations(
    DuplexParts parts,
    Peers peers,
    Board board,
    ILogger<Conversations> logger
)
{
    private readonly ConcurrentDictionary<string, Conversation> _byId = new(StringComparer.Ordinal);
    private ConfigSnapshot _seen = ConfigSnapshot.Empty;
    private volatile bool _isOver;

    public Conversation? Find(string id) => _byId.GetValueOrDefault(id);

    public bool IsEmpty => _byId.IsEmpty;

    /// <summary>Whether one more may begin.</summary>
    public bool HasRoom => !_isOver && _byId.Count < parts.Limits.MaxSessions;

    /// <summary>
    /// Holds a conversation over a carrier until either side ends it. By then everything that was
    /// under way for the client has ended too.
    /// </summary>
    /// <param name="hold">Does what the transport has to do meanwhile; its end is the client's.
    /// </param>
    /// <returns>Why it ended.</returns>
    public async Task<Farewell> HoldAsync(
        Visit visit,
        ICarrier carrier,
        Pace pace,
        Func<Conversation, Task<Farewell>> hold
    )
    {
        var outlet = new Outlet(carrier, pace, parts.Limits);
        var now = parts.Sessions.Now;
        var id = peers.Name(SessionTable.NewId());
        var conversation = new Conversation(id, visit, outlet, parts, now);
        _byId[conversation.Id] = conversation;
        if (_isOver)
        {
            outlet.End(Farewell.GoingAway);
        }

        using var unwelcome = visit.Admission.Ended.UnsafeRegister(
            static state => (state as Outlet)?.End(Farewell.Unwelcome),
            outlet
        );
        var running = conversation.RunAsync();
        try
        {
            outlet.End(await hold(conversation));
            await running;
        }
        finally
        {
            _byId.TryRemove(conversation.Id, out _);
            await conversation.FinishAsync();
        }

        var farewell = outlet.Farewell ?? Farewell.ByClient;
        if (farewell != Farewell.ByClient)
        {
            LogCut(visit.Target, farewell.Reason);
        }

        return farewell;
    }

    public void Tick(int now)
    {
        var config = board.Current.Config;
        var isChanged = !ReferenceEquals(config, Interlocked.Exchange(ref _seen, config));
        foreach (var (_, conversation) in _byId)
        {
            conversation.Tick(now);
            if (isChanged && !IsThere(conversation.Visit, config))
            {
                conversation.Outlet.End(Farewell.SessionOver("server removed"));
            }
        }
    }

    // With a session it ended already; who has none has nothing else that could end.
    private static bool IsThere(Visit visit, ConfigSnapshot config) =>
        visit.Target is not Target.Server { Name: var server }
        || config.Shows(server, visit.Envelope.Tenancy);

    /// <summary>Ends all of them, and lets no more begin.</summary>
    public void EndAll()
    {
        _isOver = true;
        foreach (var (_, conversation) in _byId)
        {
            conversation.Outlet.End(Farewell.GoingAway);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Target}: a client's stream was ended: {Why}")]
    private partial void LogCut(Target target, string why);
}
