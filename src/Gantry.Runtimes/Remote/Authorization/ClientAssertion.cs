using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>Shows by a signature who the client is (RFC 7523, 2.2).</summary>
internal static class ClientAssertion
{
    public const string Type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(2);

    /// <exception cref="UpstreamRefusedException">The key cannot be used.</exception>
    public static string Make(
        string clientId,
        AuthorizationServer server,
        string keyFile,
        DateTimeOffset now
    )
    {
        var pem = ReadKey(keyFile);
        try
        {
            return
                pem.Contains("RSA", StringComparison.Ordinal)
                || !TryEllipticCurve(pem, out var curve)
                ? WithRsa(clientId, server, pem, now)
                : WithCurve(clientId, server, curve, now);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new UpstreamRefusedException(
                $"'{keyFile}' holds no private key in PEM that can sign: use an EC or an RSA key "
                    + "without a password"
            );
        }
    }

    private static string ReadKey(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UpstreamRefusedException(
                $"the private key cannot be read: {exception.Message}"
            );
        }
    }

    private static bool TryEllipticCurve(string pem, out ECDsa curve)
    {
        curve = ECDsa.Create();
        try
        {
            curve.ImportFromPem(pem);
            return true;
        }
        catch (CryptographicException)
        {
            // Then it is perhaps an RSA key.
            curve.Dispose();
            return false;
        }
    }

    private static string WithCurve(
        string clientId,
        AuthorizationServer server,
        ECDsa curve,
        DateTimeOffset now
    )
    {
        using var owned = curve;
        var (algorithm, hash) = curve.KeySize switch
        {
            <= 256 => ("ES256", HashAlgorithmName.SHA256),
            <= 384 => ("ES384", HashAlgorithmName.SHA384),
            _ => ("ES512", HashAlgorithmName.SHA512),
        };
        var text = Unsigned(algorithm, clientId, server.Issuer, now);
        return Signed(text, curve.SignData(Encoding.ASCII.GetBytes(text), hash));
    }

    private static string WithRsa(
        string clientId,
        AuthorizationServer server,
        string pem,
        DateTimeOffset now
    )
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        var algorithm = RsaAlgorithm(server.SigningAlgorithms);
        var padding = algorithm is "PS256" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var text = Unsigned(algorithm, clientId, server.Issuer, now);
        return Signed(
            text,
            rsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, padding)
        );
    }

    private static string RsaAlgorithm(ImmutableArray<string> offered) =>
        offered.Contains("PS256") && !offered.Contains("RS256") ? "PS256" : "RS256";

    private static string Signed(string text, byte[] signature) =>
        $"{text}.{Base64Url.EncodeToString(signature)}";

    private static string Unsigned(
        string algorithm,
        string clientId,
        string audience,
        DateTimeOffset now
    )
    {
        var header = Json(writer =>
        {
            writer.WriteString("alg", algorithm);
            writer.WriteString("typ", "JWT");
        });
        var claims = Json(writer =>
        {
            writer.WriteString("iss", clientId);
            writer.WriteString("sub", clientId);
            writer.WriteString("aud", audience);
            writer.WriteString("jti", Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)));
            writer.WriteNumber("iat", now.ToUnixTimeSeconds());
            writer.WriteNumber("exp", (now + s_lifetime).ToUnixTimeSeconds());
        });
        return $"{header}.{claims}";
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Base64Url.EncodeToString(text.ToArray());
    }
}
