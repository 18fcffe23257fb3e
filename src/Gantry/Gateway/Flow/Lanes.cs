using System.Collections.Frozen;
using Gantry.Config;
using Gantry.Flow;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>
/// The lanes of all servers whose configuration asks for one. Follows the board: turnstiles and
/// memories live on when only their settings change.
/// </summary>
internal sealed class Lanes(Board board, KeptResults kept, AnswerCache cache, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ServerName, Turnstile> _turnstiles = [];
    private Table _table = new(ConfigSnapshot.Empty, FrozenDictionary<ServerName, Lane>.Empty);

    /// <summary>Null for a server that nothing was said about.</summary>
    public Lane? Of(ServerName server)
    {
        var table = Volatile.Read(ref _table);
        var config = board.Current.Config;
        if (!ReferenceEquals(table.Config, config))
        {
            table = Refresh(config);
        }

        return table.Lanes.Count == 0 ? null : table.Lanes.GetValueOrDefault(server);
    }

    private Table Refresh(ConfigSnapshot config)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_table.Config, config))
            {
                return _table;
            }

            var lanes = new Dictionary<ServerName, Lane>();
            foreach (var (name, desired) in config.Servers)
            {
                if (Make(desired) is { } lane)
                {
                    lanes[name] = lane;
                }
            }

            var table = new Table(config, lanes.ToFrozenDictionary());
            Volatile.Write(ref _table, table);
            return table;
        }
    }

    private Lane? Make(Desired desired)
    {
        var was = _table.Lanes.GetValueOrDefault(desired.Name);
        if (ReferenceEquals(was?.Desired, desired))
        {
            return was;
        }

        // What was answered under other rules holds no more, and what is on its way neither.
        was?.Memory?.Forget();
        var policy = desired.Spec.Flow;
        var lane = new Lane(
            desired,
            TurnstileOf(desired.Name, policy),
            policy.Results is { } results ? BudgetOf(desired, results) : null,
            policy.Cache is { } rules ? new(desired, rules, cache) : null
        );
        return lane is { Turnstile: null, Reads: false } ? null : lane;
    }

    private ResultBudget BudgetOf(Desired desired, ResultPolicy policy)
    {
        var redaction = policy.Redact.IsEmpty
            ? null
            : Redaction.Make(policy.Redact, SecretTexts.Of(desired.Spec), Frame.MaxDepth);
        return new(desired.Name, policy, redaction, kept);
    }

    // Who is inside leaves the turnstile that it entered, so a server keeps its own.
    private Turnstile? TurnstileOf(ServerName server, FlowPolicy policy)
    {
        if (policy.MaxConcurrency is not { } limit)
        {
            if (_turnstiles.Remove(server, out var open))
            {
                open.Resize(int.MaxValue >> 2, policy.MaxQueue);
            }

            return null;
        }

        if (_turnstiles.TryGetValue(server, out var turnstile))
        {
            turnstile.Resize(limit, policy.MaxQueue);
            return turnstile;
        }

        return _turnstiles[server] = new(limit, policy.MaxQueue, time);
    }

    private sealed record Table(ConfigSnapshot Config, FrozenDictionary<ServerName, Lane> Lanes);
}
