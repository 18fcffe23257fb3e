using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Variables;

namespace Gantry.Config.Formats;

/// <summary>Reads where clients connect.</summary>
internal sealed partial class ListenReader(SourceFile source, Expander expander, Report report)
{
    private const int Octal = 8;

    // Its owner, who listens, is never kept out; and a socket is not executed.
    [GeneratedRegex("^0?6[0246]{2}$")]
    private static partial Regex Mode { get; }

    public ImmutableArray<string> ReadAddresses(Fields fields)
    {
        var addresses = ImmutableArray.CreateBuilder<string>();
        foreach (var written in fields.Get(GatewayKeys.Listen, []))
        {
            if (expander.Expand(written) is not { Value: var text })
            {
                continue;
            }

            var address = Full(text);
            if (Judge(address) is { } fault)
            {
                report.Add(written.Place, fault);
            }
            else if (addresses.Contains(address))
            {
                report.Add(written.Place, AccessFaults.ListensTwice(text));
            }
            else
            {
                addresses.Add(address);
            }
        }

        return addresses.ToImmutable();
    }

    public UnixFileMode ReadMode(Fields fields)
    {
        if (
            fields.Get(GatewayKeys.SocketMode, null) is not { } written
            || expander.Expand(written) is not { Value: var text }
        )
        {
            return new GatewaySettings().SocketMode;
        }

        if (Mode.IsMatch(text))
        {
            return (UnixFileMode)Convert.ToInt32(text, Octal);
        }

        report.Add(written.Place, AccessFaults.BadMode(text));
        return new GatewaySettings().SocketMode;
    }

    private string Full(string text) =>
        PathIn(text) is { Length: > 0 } path
            ? GatewaySettings.SocketPrefix + Path.GetFullPath(path, source.Directory)
            : text;

    private static Fault? Judge(string text) =>
        PathIn(text) is { } path
            ? path.Length == 0 || Encoding.UTF8.GetByteCount(path) > GatewaySettings.MaxSocketPath
                ? AccessFaults.BadSocket(text)
                : null
            : IsHostAndPort(text)
                ? null
                : ServerFaults.BadListen(text);

    private static string? PathIn(string text) =>
        text.StartsWith(GatewaySettings.SocketPrefix, StringComparison.Ordinal)
            ? text[GatewaySettings.SocketPrefix.Length..]
            : null;

    // The host may be an IPv6 address in brackets.
    private static bool IsHostAndPort(string text) =>
        text.LastIndexOf(':') is var colon and > 0
        && ushort.TryParse(text.AsSpan(colon + 1), out _)
        && Uri.CheckHostName(text[..colon]) is not UriHostNameType.Unknown;
}
