using System.Text;
using System.Text.RegularExpressions;
using Gantry.Config;

namespace Gantry.Runtimes.Process;

/// <summary>
/// Makes what a server wrote fit to be shown: one line without terminal commands, and without the
/// secrets that its spec was given.
/// </summary>
internal sealed partial class LogText(ServerSpec spec)
{
    private readonly SecretTexts _secrets = SecretTexts.Of(spec);

    [GeneratedRegex(@"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\-_])")]
    private static partial Regex TerminalCommand { get; }

    public string Clean(ReadOnlySpan<byte> utf8)
    {
        var text = _secrets.Hide(TerminalCommand.Replace(Encoding.UTF8.GetString(utf8), ""));
        return string.Create(
            text.Length,
            text,
            static (to, from) =>
            {
                for (var at = 0; at < to.Length; at++)
                {
                    to[at] = char.IsControl(from[at]) && from[at] != '\t' ? '\uFFFD' : from[at];
                }
            }
        );
    }
}
