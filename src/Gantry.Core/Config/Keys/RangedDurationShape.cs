using System.Text.Json.Nodes;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Keys;

/// <summary>A duration that must not be nonsense at either end.</summary>
/// <param name="least">As people write it.</param>
/// <param name="most">As people write it.</param>
internal sealed class RangedDurationShape(string least, string most) : Shape<TimeSpan>
{
    public override string Expected => Shapes.Duration.Expected;

    public override JsonObject Schema() => Shapes.Duration.Schema();

    public override TimeSpan Read(string key, Node node, Report report, TimeSpan otherwise)
    {
        var duration = Shapes.Duration.Read(key, node, report, otherwise);
        if (duration != otherwise && (duration < Parse(least) || duration > Parse(most)))
        {
            report.Add(node.Place, FlowFaults.DurationOutOfRange(key, least, most));
            return otherwise;
        }

        return duration;
    }

    private static TimeSpan Parse(string text) => Durations.Parse(text) ?? TimeSpan.Zero;
}
