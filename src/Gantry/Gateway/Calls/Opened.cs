using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>What became of a request: a call at an instance, or the answer at once.</summary>
internal readonly record struct Opened
{
    public Opened(Call call) => Call = call;

    public Opened(ReadOnlyMemory<byte> answer) => Answer = answer;

    /// <summary>Null when there is an answer.</summary>
    public Call? Call { get; }

    /// <summary>The whole response, with the client's id.</summary>
    public ReadOnlyMemory<byte> Answer { get; }
}
