using System.Collections.Immutable;
using Gantry.Gateway.Http;

namespace Gantry.Gateway.Ports;

/// <summary>At which paths ports answer, besides those at which they always do.</summary>
internal sealed record PortPaths
{
    public static PortPaths Usual { get; } = new();

    public ImmutableDictionary<string, Transport> Transports { get; private init; } =
        ImmutableDictionary.Create<string, Transport>(StringComparer.Ordinal);

    /// <summary>For probes.</summary>
    public ImmutableHashSet<string> Health { get; init; } = [];

    /// <summary>With this one; where streams open, what their clients send is taken beside it.
    /// </summary>
    public PortPaths With(string path, Transport transport)
    {
        var paths = Transports.SetItem(path, transport);
        var beside = $"{path[..path.LastIndexOf('/')]}/message";
        return this with
        {
            Transports =
                transport is Transport.Sse && !paths.ContainsKey(beside)
                    ? paths.Add(beside, Transport.Message)
                    : paths,
        };
    }
}
