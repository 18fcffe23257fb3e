using System.Net;

namespace Gantry.Gateway.Ports;

/// <summary>Where dedicated ports open, and which are out of the question.</summary>
/// <param name="address">The address of this machine on which they open.</param>
internal sealed class PortPlace(IPAddress address)
{
    private int[] _taken = [];

    public IPAddress Address { get; } = address;

    /// <summary>The ports on which Gantry itself listens.</summary>
    public IReadOnlyList<int> Taken => Volatile.Read(ref _taken);

    /// <summary>Says, once it is known, where Gantry itself listens.</summary>
    public void Reserve(IEnumerable<int> ports) => Volatile.Write(ref _taken, [.. ports]);
}
