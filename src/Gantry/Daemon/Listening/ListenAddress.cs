using System.Globalization;
using System.Net;
using System.Text;
using Gantry.Config;

namespace Gantry.Daemon;

/// <summary>Where clients connect.</summary>
internal abstract record ListenAddress
{
    /// <summary>For a daemon that only the <c>gantry</c> command reaches.</summary>
    public const string Nowhere = "none";

    private ListenAddress() { }

    /// <summary>Port 0 lets the system choose.</summary>
    public sealed record Tcp(IPEndPoint EndPoint) : ListenAddress
    {
        public override string ToString() => EndPoint.ToString();
    }

    /// <param name="Path">Absolute.</param>
    public sealed record Socket(string Path) : ListenAddress
    {
        public override string ToString() => GatewaySettings.SocketPrefix + Path;
    }

    public static Tcp Default { get; } = new(new(IPAddress.Loopback, 8080));

    /// <summary>Reads <c>HOST:PORT</c>, <c>:PORT</c> or <c>PORT</c>, without host loopback; or
    /// <c>unix:PATH</c>.</summary>
    /// <exception cref="StartRefusedException">It is none of these.</exception>
    public static ListenAddress Parse(string text) =>
        text.StartsWith(GatewaySettings.SocketPrefix, StringComparison.Ordinal)
            ? ParseSocket(text[GatewaySettings.SocketPrefix.Length..])
            : ParseTcp(text);

    /// <exception cref="StartRefusedException">It is not <c>HOST:PORT</c>.</exception>
    public static Tcp ParseTcp(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon];
        if (Port0To65535(text[(colon + 1)..]) is not { } port || Host(host) is not { } address)
        {
            throw new StartRefusedException(
                $"'{text}' is not an address to listen on. Give HOST:PORT with an IP address or "
                    + "localhost as host, such as 127.0.0.1:8080, or [::1]:8080; or unix:PATH."
            );
        }

        return new(new(address, port));
    }

    private static Socket ParseSocket(string text) =>
        text.Length > 0
        && Path.GetFullPath(text) is var path
        && Encoding.UTF8.GetByteCount(path) <= GatewaySettings.MaxSocketPath
            ? new(path)
            : throw new StartRefusedException(
                $"'unix:{text}' names no Unix socket: its path is empty, or longer than "
                    + $"{GatewaySettings.MaxSocketPath} bytes with its directories."
            );

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
