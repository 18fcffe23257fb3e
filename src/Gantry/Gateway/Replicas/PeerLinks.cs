using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Gantry.Access;
using Gantry.Runtimes.Remote;

namespace Gantry.Gateway.Replicas;

/// <summary>Connections to other replicas.</summary>
internal sealed class PeerLinks : IDisposable
{
    private static readonly TimeSpan s_idle = TimeSpan.FromMinutes(1);

    // A machine that vanished says nothing any more, and a stream may be silent for long.
    private const int KeepAliveSeconds = 5;
    private const int KeepAliveProbes = 3;

    // The same where something was sent to it: how long Linux waits for any sign, in milliseconds.
    private const int TcpUserTimeout = 18;
    private const int Patience = KeepAliveSeconds * (KeepAliveProbes + 1) * 1_000;

    private readonly Peers _peers;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _plain;
    private readonly HttpMessageInvoker _secure;

    public PeerLinks(Peers peers, TimeProvider time)
    {
        (_peers, _time) = (peers, time);
        _plain = new(NewHandler(isSecure: false));
        _secure = new(NewHandler(isSecure: true));
    }

    /// <summary>The response once its headers are here.</summary>
    /// <exception cref="HttpRequestException">There is none.</exception>
    /// <exception cref="OperationCanceledException">There is none in time.</exception>
    public Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        Replica to,
        CancellationToken cancellationToken
    ) => (to.Url.Scheme is "https" ? _secure : _plain).SendAsync(request, cancellationToken);

    public void Dispose()
    {
        _plain.Dispose();
        _secure.Dispose();
    }

    private SocketsHttpHandler NewHandler(bool isSecure) =>
        new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            PooledConnectionIdleTimeout = s_idle,
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
            ConnectCallback = (context, cancellationToken) =>
                ConnectAsync(context.DnsEndPoint, isSecure, cancellationToken),
        };

    // TLS is done here, as the handler would hold the certificate against the name that the client
    // used, which stands in the Host header, and not against the replica's.
    private async ValueTask<Stream> ConnectAsync(
        System.Net.DnsEndPoint to,
        bool isSecure,
        CancellationToken cancellationToken
    )
    {
        using var patience = new CancellationTokenSource(_peers.Settings.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            patience.Token
        );
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            KeepAlive(socket);
            await socket.ConnectAsync(to, either.Token);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return isSecure ? await SecureAsync(stream, to.Host, either.Token) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The file is read for each connection, of which there are few: it may have been renewed.
    private async Task<Stream> SecureAsync(
        Stream stream,
        string host,
        CancellationToken cancellationToken
    )
    {
        var secure = new SslStream(stream);
        await secure.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateChainPolicy = _peers.Settings.CaFile is { } file
                    ? Authorities.Trusting(file)
                    : null,
            },
            cancellationToken
        );
        return secure;
    }

    private static void KeepAlive(Socket socket)
    {
        Sockets.Probe(socket, KeepAliveSeconds, KeepAliveProbes);
        if (OperatingSystem.IsLinux())
        {
            var level = (int)SocketOptionLevel.Tcp;
            socket.SetRawSocketOption(level, TcpUserTimeout, BitConverter.GetBytes(Patience));
        }
    }
}
