using System.Globalization;
using System.Text.Json.Nodes;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Keys;

/// <summary>True or false, and nothing that other parsers take for it.</summary>
internal sealed class FlagShape : Shape<bool>
{
    public override string Expected => "true or false";

    public override JsonObject Schema() => new() { ["type"] = "boolean" };

    public override bool Read(string key, Node node, Report report, bool otherwise) =>
        node switch
        {
            Node.Scalar { Text: "true" or "True" or "TRUE" } => true,
            Node.Scalar { Text: "false" or "False" or "FALSE" } => false,
            _ => Refuse(key, node, report, otherwise),
        };
}

/// <summary>A TCP port.</summary>
internal sealed class PortShape : Shape<Placed<int>?>
{
    private const int Least = 1;
    private const int Most = 65535;

    public override string Expected => "a port number";

    public override JsonObject Schema() =>
        new()
        {
            ["type"] = "integer",
            ["minimum"] = Least,
            ["maximum"] = Most,
        };

    public override Placed<int>? Read(string key, Node node, Report report, Placed<int>? otherwise)
    {
        if (WholeNumber.Read(node) is not { } number)
        {
            return Refuse(key, node, report, otherwise);
        }

        if (number is < Least or > Most)
        {
            report.Add(node.Place, KeyFaults.OutOfRange(key, Least, Most));
            return otherwise;
        }

        return new((int)number, node.Place);
    }
}

/// <summary>A number of seconds, or a number with a unit.</summary>
internal sealed class DurationShape(TimeSpan shortest) : Shape<TimeSpan>
{
    public override string Expected => "a duration";

    public override JsonObject Schema() =>
        new()
        {
            ["type"] = SchemaParts.Array("number", "string"),
            ["minimum"] = 0,
            ["pattern"] = Durations.Pattern,
        };

    public override TimeSpan Read(string key, Node node, Report report, TimeSpan otherwise)
    {
        if (node is not Node.Scalar scalar)
        {
            return Refuse(key, node, report, otherwise);
        }

        if (Durations.Parse(scalar.Text) is { } duration && duration >= shortest)
        {
            return duration;
        }

        report.Add(node.Place, KeyFaults.BadDuration(key, scalar.Text));
        return otherwise;
    }
}

/// <summary>How many instances: a number, or the least and the most.</summary>
internal sealed class InstancesShape : Shape<Wanted>
{
    /// <summary>More instances of one server than this are a slip of the hand.</summary>
    public const int Most = 1000;

    private static readonly Key<long> s_min = new(
        "min",
        new CountShape(0),
        "How many instances there are at least."
    );
    private static readonly Key<long> s_max = new(
        "max",
        new CountShape(1),
        "How many instances there are at most."
    );

    public static KeyTable Table { get; } = new(s_min, s_max);

    public override string Expected => "a number, or a mapping with min and max";

    public override JsonObject Schema() =>
        new() { ["anyOf"] = new JsonArray(new CountShape(1).Schema(), SchemaParts.Mapping(Table)) };

    public override Wanted Read(string key, Node node, Report report, Wanted otherwise)
    {
        if (node is Node.Mapping mapping)
        {
            return ReadRange(new(mapping, Table, report), report);
        }

        return node is Node.Scalar
            ? Exactly((int)new CountShape(1).Read(key, node, report, 1))
            : Refuse(key, node, report, otherwise);
    }

    private static Wanted Exactly(int number) => new(number, number) { IsExact = true };

    private static Wanted ReadRange(Fields fields, Report report)
    {
        var min = (int)fields.Get(s_min, 0);
        var max = fields.Has(s_max) ? (int?)fields.Get(s_max, 1) : null;
        if (min > max)
        {
            report.Add(fields.PlaceOf(s_min), KeyFaults.OutOfRange("min", 0, max.Value));
        }

        return new(min, max);
    }
}

/// <summary>The instances that somebody asked for; null where nothing was said.</summary>
internal readonly record struct Wanted(int? Min, int? Max)
{
    /// <summary>Asked for with one number.</summary>
    public bool IsExact { get; init; }
}

internal sealed class CountShape(int least, int most = InstancesShape.Most) : Shape<long>
{
    public override string Expected => "a whole number";

    public override JsonObject Schema() =>
        new()
        {
            ["type"] = "integer",
            ["minimum"] = least,
            ["maximum"] = most,
        };

    public override long Read(string key, Node node, Report report, long otherwise)
    {
        if (WholeNumber.Read(node) is not { } number)
        {
            return Refuse(key, node, report, otherwise);
        }

        if (number < least || number > most)
        {
            report.Add(node.Place, KeyFaults.OutOfRange(key, least, most));
            return otherwise;
        }

        return number;
    }
}

internal static class WholeNumber
{
    public static long? Read(Node node) =>
        node is Node.Scalar scalar
        && long.TryParse(
            scalar.Text,
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;
}
