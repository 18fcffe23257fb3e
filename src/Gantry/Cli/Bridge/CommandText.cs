using System.Text;

namespace Gantry.Cli.Bridge;

/// <summary>A command line in one text, as other bridges take it.</summary>
internal static class CommandText
{
    /// <summary>
    /// Splits it at blanks that stand in no quotes. No shell is involved: what a shell would expand
    /// stays as it is.
    /// </summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        var (quote, isPart) = (default(char), false);
        foreach (var letter in text)
        {
            if (quote != default ? letter == quote : letter is '"' or '\'')
            {
                (quote, isPart) = (quote == default ? letter : default, true);
            }
            else if (quote == default && char.IsWhiteSpace(letter))
            {
                End();
            }
            else
            {
                part.Append(letter);
                isPart = true;
            }
        }

        End();
        return parts;

        void End()
        {
            if (isPart)
            {
                parts.Add(part.ToString());
            }

            part.Clear();
            isPart = false;
        }
    }
}
