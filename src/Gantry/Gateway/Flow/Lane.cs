using Gantry.Config;
using Gantry.Flow;

namespace Gantry.Gateway.Flow;

/// <summary>What stands around one server as its configuration has it.</summary>
/// <param name="Turnstile">Null when any number of calls may be at the server.</param>
/// <param name="Budget">Null when results pass untouched.</param>
/// <param name="Memory">Null when nothing is answered twice.</param>
internal sealed record Lane(
    Desired Desired,
    Turnstile? Turnstile,
    ResultBudget? Budget,
    ServerMemory? Memory
)
{
    public FlowPolicy Policy => Desired.Spec.Flow;

    /// <summary>Whether it has to look at requests and responses, not only at their number.</summary>
    public bool Reads => Budget is not null || Memory is not null || !Tools.AreNone;

    public NameRules Tools => Desired.Spec.Tools;
}
