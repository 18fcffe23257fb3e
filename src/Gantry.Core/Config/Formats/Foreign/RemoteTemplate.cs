using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>
/// A remote of a <c>server.json</c> in the shape of an entry of <c>mcpServers</c>: what it leaves to
/// its user, in <c>{braces}</c> or as a header without a value, becomes an input of that name.
/// </summary>
internal sealed partial class RemoteTemplate
{
    private readonly Dictionary<string, string?> _inputs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _optional = new(StringComparer.OrdinalIgnoreCase);

    public RemoteTemplate(Node.Mapping root, Node.Mapping remote)
    {
        var entries = ImmutableArray.CreateBuilder<Entry>();
        Copy(root, "description", entries);
        Copy(remote, "type", entries);
        if (remote.Find("url") is Node.Scalar url)
        {
            entries.Add(new(Key(url, "url"), Fill(url, remote)));
        }

        if (remote.Find("headers") is Node.Sequence headers)
        {
            var named = headers.Items.OfType<Node.Mapping>().Select(Header).OfType<Entry>();
            entries.Add(new(Key(headers, "headers"), new Node.Mapping(headers.Place, [.. named])));
        }

        Entry = new(remote.Place, entries.ToImmutable());
    }

    public Node.Mapping Entry { get; }

    public Words Words => Words.None with { Inputs = _inputs.ToImmutableDictionary() };

    /// <summary>The headers that are left out when nobody gives them a value.</summary>
    public ImmutableHashSet<string> Optional =>
        _optional.ToImmutableHashSet(StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex(@"\{(?<name>[A-Za-z_][A-Za-z0-9_.-]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Braces { get; }

    private Entry? Header(Node.Mapping header)
    {
        if (header.Find("name") is not Node.Scalar name)
        {
            return null;
        }

        if (header.Find("value") is Node.Scalar value)
        {
            return new(name, Fill(value, header));
        }

        if (!IsTrue(header, "isRequired"))
        {
            _optional.Add(name.Text);
        }

        _inputs.TryAdd(name.Text, Default(header));
        return new(name, name with { Text = $"${{input:{name.Text}{Otherwise(name.Text)}}}" });
    }

    // Where nothing is given, an optional header is empty, and so is left out.
    private string Otherwise(string header) => _optional.Contains(header) ? ":-" : "";

    // Braces that no variable explains stay, and so does what looks like one of our own.
    private Node.Scalar Fill(Node.Scalar written, Node.Mapping owner)
    {
        var variables = owner.Find("variables") as Node.Mapping;
        var text = Braces.Replace(
            written.Text.Replace("${", "$${", StringComparison.Ordinal),
            match =>
            {
                var name = match.Groups["name"].Value;
                if (variables?.Find(name) is not Node.Mapping variable)
                {
                    return match.Value;
                }

                _inputs.TryAdd(name, Default(variable));
                return $"${{input:{name}}}";
            }
        );
        return written with { Text = text };
    }

    private static string? Default(Node.Mapping input) =>
        ((input.Find("value") ?? input.Find("default")) as Node.Scalar)?.Text;

    private static bool IsTrue(Node.Mapping mapping, string key) =>
        mapping.Find(key) is Node.Scalar { Text: "true" };

    private static void Copy(Node.Mapping from, string key, ImmutableArray<Entry>.Builder entries)
    {
        if (from.Find(key) is { } value)
        {
            entries.Add(new(Key(value, key), value));
        }
    }

    private static Node.Scalar Key(Node at, string text) => new(at.Place, text, IsPlain: false);
}
