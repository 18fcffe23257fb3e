using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gantry.Access;
using Gantry.Config;

namespace Gantry.Runtimes.Remote;

/// <summary>Makes the connections to an origin: what is trusted, what is shown, and when one that
/// says nothing any more is given up.</summary>
internal static class OriginTrust
{
    private const int KeepAliveSeconds = 30;
    private const int KeepAliveAttempts = 3;

    /// <summary>One that nobody uses any more is closed after so long, also when its name means
    /// another address by then.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(15);

    /// <exception cref="System.Security.Cryptography.CryptographicException">A file of
    /// <c>tls</c> is not what it should be.</exception>
    public static SocketsHttpHandler MakeHandler(RemoteSpec spec) =>
        new()
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            // No trace headers of Gantry's own, nor the cost of asking for each request.
            ActivityHeadersPropagator = null,
            ConnectTimeout = spec.ConnectTimeout,
            // On this machine nobody can vanish without a sign.
            ConnectCallback = spec.Socket is { } path
                ? (_, cancellationToken) => Sockets.ConnectAsync(path, cancellationToken)
                : ConnectAsync,
            EnableMultipleHttp2Connections = true,
            MaxConnectionsPerServer = RemoteLimits.MaxConnections,
            PooledConnectionIdleTimeout = s_idle,
            PooledConnectionLifetime = s_lifetime,
            KeepAlivePingDelay = TimeSpan.FromSeconds(KeepAliveSeconds),
            SslOptions = MakeOptions(spec.Tls),
        };

    private static ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Sockets.Probe(socket, KeepAliveSeconds, KeepAliveAttempts);
        return Sockets.ConnectAsync(socket, context.DnsEndPoint, cancellationToken);
    }

    /// <exception cref="System.Security.Cryptography.CryptographicException">A file is not what it
    /// should be.</exception>
    public static SslClientAuthenticationOptions MakeOptions(TlsSpec tls)
    {
        var options = new SslClientAuthenticationOptions();
        if (tls.CertificateFile is { } file)
        {
            options.ClientCertificates =
            [
                X509Certificate2.CreateFromPemFile(file, tls.KeyFile ?? file),
            ];
        }

        if (tls.CaFile is { } authorities)
        {
            options.CertificateChainPolicy = Authorities.Trusting(authorities);
        }

        if (tls.SkipVerify)
        {
#pragma warning disable CA5359 // The operator said so, and was warned when the file was read.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return options;
    }
}
