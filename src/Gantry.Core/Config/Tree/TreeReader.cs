using System.Collections.Immutable;
using Gantry.Config.Problems;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Gantry.Config.Tree;

/// <summary>The documents of one file, or why there are none.</summary>
internal readonly record struct ReadTree(ImmutableArray<Node> Documents, Diagnostic? Error);

/// <summary>Makes a tree of YAML or JSON text. One parser for both, so that both have places.</summary>
internal sealed class TreeReader
{
    private readonly string _file;
    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, (Node Node, int Size)> _anchors = [];
    private int _size;
    private int _depth;

    private TreeReader(string file, string text)
    {
        _file = file;
        _parser = new(new StringReader(JsonComments.Blank(text.TrimStart('\uFEFF'))));
    }

    public static ReadTree Read(string file, string text)
    {
        if (text.Length > TreeLimits.MaxFileSize)
        {
            var fault = FileFaults.BeyondLimit($"is larger than {TreeLimits.MaxFileSize} bytes");
            return new([], fault.At(new(file, 1, 1)));
        }

        return new TreeReader(file, text).Read();
    }

    private ReadTree Read()
    {
        try
        {
            return new(ReadDocuments(), null);
        }
        catch (YamlException exception)
        {
            return Fail(exception.Start, FileFaults.Syntax(exception.Message));
        }
        catch (LimitException exception)
        {
            return Fail(Here, FileFaults.BeyondLimit(exception.Message));
        }
    }

    private Mark Here => _parser.Current?.Start ?? Mark.Empty;

    private ReadTree Fail(Mark mark, Fault fault) => new([], fault.At(PlaceOf(mark)));

    private Place PlaceOf(Mark mark) =>
        new(_file, (int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private ImmutableArray<Node> ReadDocuments()
    {
        var documents = ImmutableArray.CreateBuilder<Node>();
        while (Advance())
        {
            if (_parser.Current is DocumentStart)
            {
                _anchors.Clear();
                documents.Add(ReadNext());
            }
        }

        return documents.ToImmutable();
    }

    // The scanner lets the exceptions of what it calls pass, for a \U escape beyond Unicode, say;
    // and has some of its own for text that it did not expect.
    private bool Advance()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception exception)
            when (exception is ArgumentException or FormatException or InvalidOperationException)
        {
            throw new YamlException(
                Here,
                Here,
                "Something after this place cannot be read.",
                exception
            );
        }
    }

    private Node ReadNext()
    {
        Advance();
        return ReadNode(_parser.Current ?? throw new LimitException("ends too early"));
    }

    private Node ReadNode(ParsingEvent start)
    {
        if (start is AnchorAlias alias)
        {
            return Recall(alias);
        }

        var before = _size;
        Grow(1);
        var node = ReadFresh(start);
        if (start is NodeEvent { Anchor.IsEmpty: false } anchored)
        {
            _anchors[anchored.Anchor] = (node, _size - before);
        }

        return node;
    }

    private Node ReadFresh(ParsingEvent start) =>
        start switch
        {
            Scalar scalar => new Node.Scalar(
                PlaceOf(scalar.Start),
                scalar.Value,
                scalar.Style is ScalarStyle.Plain
            ),
            SequenceStart => Nested(() => ReadSequence(start)),
            MappingStart => Nested(() => ReadMapping(start)),
            _ => throw new YamlException(start.Start, start.End, "A value is missing."),
        };

    private Node Nested(Func<Node> read)
    {
        if (++_depth > TreeLimits.MaxDepth)
        {
            throw new LimitException($"nests more than {TreeLimits.MaxDepth} levels deep");
        }

        var node = read();
        _depth--;
        return node;
    }

    private Node.Sequence ReadSequence(ParsingEvent start)
    {
        var items = ImmutableArray.CreateBuilder<Node>();
        for (Advance(); _parser.Current is not SequenceEnd; Advance())
        {
            items.Add(ReadCurrent());
        }

        return new(PlaceOf(start.Start), items.ToImmutable());
    }

    private Node.Mapping ReadMapping(ParsingEvent start)
    {
        var entries = ImmutableArray.CreateBuilder<Entry>();
        var merged = new List<Entry>();
        for (Advance(); _parser.Current is not MappingEnd; Advance())
        {
            var at = Here;
            var key =
                ReadCurrent() as Node.Scalar
                ?? throw new YamlException(at, at, "A key must be a plain text.");
            var value = ReadNext();
            if (key is { IsPlain: true, Text: "<<" })
            {
                merged.AddRange(Merge(value));
            }
            else
            {
                entries.Add(new(key, value));
            }
        }

        AddMissing(entries, merged);
        return new(PlaceOf(start.Start), entries.ToImmutable());
    }

    private Node ReadCurrent() =>
        ReadNode(_parser.Current ?? throw new LimitException("ends too early"));

    // What `<<: *defaults` brings in; what the mapping says itself goes before it.
    private static IEnumerable<Entry> Merge(Node value) =>
        value switch
        {
            Node.Mapping mapping => mapping.Entries,
            Node.Sequence sequence => sequence
                .Items.OfType<Node.Mapping>()
                .SelectMany(item => item.Entries),
            _ => [],
        };

    private static void AddMissing(ImmutableArray<Entry>.Builder entries, List<Entry> merged)
    {
        if (merged.Count == 0)
        {
            return;
        }

        var present = entries.Select(entry => entry.Key.Text).ToHashSet(StringComparer.Ordinal);
        entries.AddRange(merged.Where(entry => present.Add(entry.Key.Text)));
    }

    private Node Recall(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value, out var known))
        {
            throw new YamlException(
                alias.Start,
                alias.End,
                $"'*{alias.Value}' stands for nothing."
            );
        }

        Grow(known.Size);
        return known.Node;
    }

    private void Grow(int by)
    {
        _size += by;
        if (_size > TreeLimits.MaxNodes)
        {
            throw new LimitException($"has more than {TreeLimits.MaxNodes} values");
        }
    }

    private sealed class LimitException(string message) : Exception(message);
}
