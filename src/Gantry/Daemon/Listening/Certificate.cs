using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gantry.Config;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gantry.Daemon;

/// <summary>The certificate of the main listener, read again when its files change.</summary>
internal sealed partial class Certificate
{
    /// <summary>How often the files are looked at, when connections come.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly TlsSettings _files;
    private readonly TimeProvider _time;
    private readonly ILogger<Certificate> _logger;
    private Loaded _current;

    private Certificate(TlsSettings files, TimeProvider time, ILogger<Certificate> logger)
    {
        (_files, _time, _logger) = (files, time, logger);
        _current = new(Read(), Stamp(), time.GetUtcNow());
    }

    /// <exception cref="StartRefusedException">There is no such certificate.</exception>
    public static Certificate Open(
        TlsSettings files,
        TimeProvider time,
        ILogger<Certificate> logger
    )
    {
        try
        {
            return new(files, time, logger);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw new StartRefusedException(
                $"Cannot serve HTTPS with '{files.CertificateFile}' and '{files.KeyFile}': "
                    + $"{exception.Message} Both must be PEM, the key without a passphrase."
            );
        }
    }

    // HTTP/1.1 only, as without TLS: what one connection carries is then one caller's.
    public void ServeOn(ListenOptions listener)
    {
        listener.Protocols = HttpProtocols.Http1;
        listener.UseHttps(
            new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => Current() }
        );
    }

    private X509Certificate2 Current()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (now - _current.LookedAt < s_interval)
            {
                return _current.Certificate;
            }

            var stamp = Stamp();
            _current =
                stamp == _current.Stamp ? _current with { LookedAt = now } : Again(stamp, now);
            return _current.Certificate;
        }
    }

    // A half-written pair is taken up at the next look; the old one serves until then.
    private Loaded Again(string stamp, DateTimeOffset now)
    {
        try
        {
            var next = new Loaded(Read(), stamp, now);
            LogRead(_files.CertificateFile, next.Certificate.NotAfter);
            return next;
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            LogKept(_files.CertificateFile, exception.Message);
            return _current with { LookedAt = now };
        }
    }

    private X509Certificate2 Read() =>
        X509Certificate2.CreateFromPemFile(_files.CertificateFile, _files.KeyFile);

    private string Stamp() =>
        string.Join(
            '|',
            ((string[])[_files.CertificateFile, _files.KeyFile]).Select(file =>
                File.GetLastWriteTimeUtc(file).Ticks
            )
        );

    private static bool IsUnreadable(Exception exception) =>
        exception
            is IOException
                or UnauthorizedAccessException
                or CryptographicException
                or ArgumentException;

    private sealed record Loaded(
        X509Certificate2 Certificate,
        string Stamp,
        DateTimeOffset LookedAt
    );

    [LoggerMessage(LogLevel.Information, "Certificate {File} read again; valid until {Until}")]
    private partial void LogRead(string file, DateTime until);

    [LoggerMessage(LogLevel.Warning, "Certificate {File} changed but cannot be read: {Why}")]
    private partial void LogKept(string file, string why);
}
