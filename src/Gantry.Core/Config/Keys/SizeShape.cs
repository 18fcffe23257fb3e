using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Keys;

/// <summary>A number of bytes, or a number with K, M or G for powers of 1024.</summary>
internal sealed partial class SizeShape(int least, int most) : Shape<int>
{
    private const string Pattern = "^[0-9]{1,10}(\\.[0-9]{1,3})?(K|M|G)?$";

    [GeneratedRegex(Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Form { get; }

    public override string Expected => "a size";

    public override JsonObject Schema() =>
        new()
        {
            ["type"] = SchemaParts.Array("integer", "string"),
            ["minimum"] = least,
            ["maximum"] = most,
            ["pattern"] = Pattern,
        };

    public override int Read(string key, Node node, Report report, int otherwise)
    {
        if (node is not Node.Scalar scalar)
        {
            return Refuse(key, node, report, otherwise);
        }

        if (!Form.IsMatch(scalar.Text))
        {
            report.Add(node.Place, FlowFaults.BadSize(key, scalar.Text));
            return otherwise;
        }

        var size = Parse(scalar.Text);
        if (size < least || size > most)
        {
            report.Add(node.Place, FlowFaults.SizeOutOfRange(key, Show(least), Show(most)));
            return otherwise;
        }

        return (int)size;
    }

    private static double Parse(string text)
    {
        var number = double.Parse(text.AsSpan().TrimEnd("KMG"), CultureInfo.InvariantCulture);
        return text[^1] switch
        {
            'K' => number * 1024,
            'M' => number * 1024 * 1024,
            'G' => number * 1024 * 1024 * 1024,
            _ => number,
        };
    }

    private static string Show(int size) =>
        size switch
        {
            >= 1 << 20 when size % (1 << 20) == 0 => $"{size >> 20}M",
            >= 1 << 10 when size % (1 << 10) == 0 => $"{size >> 10}K",
            _ => size.ToString(CultureInfo.InvariantCulture),
        };
}
