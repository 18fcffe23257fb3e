using System.Security.Cryptography;
using System.Text;
using Gantry.Config.Tree;
using Gantry.Config.Variables;

namespace Gantry.Config.Formats;

/// <summary>A block of settings as one hash, so that any change of it can be told.</summary>
internal static class BlockText
{
    /// <summary>Covers the values of variables, and gives none away: it is keyed.</summary>
    public static string Hash(Node block, Expander expander, byte[] key)
    {
        var text = new StringBuilder();
        Append(text, block, expander);
        return Convert.ToHexStringLower(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text.ToString()))
        );
    }

    private static void Append(StringBuilder text, Node node, Expander expander)
    {
        switch (node)
        {
            case Node.Scalar scalar:
                var value = expander.Expand(new(scalar.Text, scalar.Place))?.Value ?? "";
                text.Append(value.Length).Append(':').Append(value);
                break;
            case Node.Sequence sequence:
                text.Append('[');
                foreach (var item in sequence.Items)
                {
                    Append(text, item, expander);
                }

                text.Append(']');
                break;
            case Node.Mapping mapping:
                text.Append('{');
                foreach (var entry in mapping.Entries)
                {
                    Append(text, entry.Key, expander);
                    Append(text, entry.Value, expander);
                }

                text.Append('}');
                break;
        }
    }
}
