using System.Globalization;
using System.Net;

namespace Gantry.Daemon;

/// <summary>Where the main listener binds. Port 0 lets the system choose.</summary>
internal sealed record ListenAddress(IPAddress Address, int Port)
{
    /// <summary>For a daemon that is reached over its Unix socket alone.</summary>
    public const string Nowhere = "none";

    public static ListenAddress Default { get; } = new(IPAddress.Loopback, 8080);

    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Reads <c>HOST:PORT</c>, <c>:PORT</c> or <c>PORT</c>; without host, loopback.</summary>
    /// <exception cref="StartRefusedException">It is none of these.</exception>
    public static ListenAddress Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon];
        if (Port0To65535(text[(colon + 1)..]) is not { } port || Host(host) is not { } address)
        {
            throw new StartRefusedException(
                $"'{text}' is not an address to listen on. Give HOST:PORT with an IP address or "
                    + "localhost as host, such as 127.0.0.1:8080, or [::1]:8080."
            );
        }

        return new(address, port);
    }

    public override string ToString() => new IPEndPoint(Address, Port).ToString();

    private static int? Port0To65535(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : null;

    private static IPAddress? Host(string text) =>
        text switch
        {
            "" or "localhost" => IPAddress.Loopback,
            "*" => IPAddress.Any,
            _ => IPAddress.TryParse(text.Trim('[', ']'), out var address) ? address : null,
        };
}
