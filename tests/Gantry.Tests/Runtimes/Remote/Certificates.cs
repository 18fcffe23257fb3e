using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gantry.Tests.Runtimes.Remote;

/// <summary>An authority of one's own, and what it signs, in a directory that is gone with it.
/// </summary>
internal sealed class Certificates : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gantry-test-");
    private readonly X509Certificate2 _authority;

    // Asked once: nothing that is signed may outlast the authority, be it by a second.
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    public Certificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(_now.AddDays(-1), _now.AddDays(1));
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
    }

    public string AuthorityFile => At("authority.pem");

    public string At(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>For this machine, unless another name is given.</summary>
    public X509Certificate2 Server(string? name = null)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (name is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }
        else
        {
            names.AddDnsName(name);
        }

        return Sign("CN=server", names.Build());
    }

    /// <summary>Certificate and key in one file.</summary>
    public string Client()
    {
        using var certificate = Sign("CN=client");
        using var key = certificate.GetECDsaPrivateKey();
        var file = At("client.pem");
        File.WriteAllText(
            file,
            $"{certificate.ExportCertificatePem()}\n{key?.ExportPkcs8PrivateKeyPem()}"
        );
        return file;
    }

    public bool Signed(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        return chain.Build(certificate);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Delete(recursive: true);
    }

    private X509Certificate2 Sign(string subject, params X509Extension[] extensions)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        foreach (var extension in extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        var serial = RandomNumberGenerator.GetBytes(8);
        using var signed = request.Create(_authority, _now.AddDays(-1), _now.AddDays(1), serial);
        return signed.CopyWithPrivateKey(key);
    }
}
