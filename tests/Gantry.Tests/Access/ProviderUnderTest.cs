using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gantry.Access;

/// <summary>An identity provider with real keys behind a real listener.</summary>
internal sealed class ProviderUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;
    private static readonly RSA s_rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private int _generation;

    private ProviderUnderTest()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    public string Issuer => $"{_app.Urls.First()}/realm";

    /// <summary>How often its keys were fetched.</summary>
    public int Fetches { get; private set; }

    public bool IsDown { get; set; }

    public static async Task<ProviderUnderTest> StartAsync(CancellationToken cancellationToken)
    {
        var provider = new ProviderUnderTest();
        await provider._app.StartAsync(cancellationToken);
        return provider;
    }

    /// <summary>From now on it signs with keys under other names.</summary>
    public void Rotate() => _generation++;

    public SigningCredentials Rsa(string algorithm = "RS256") =>
        new(new RsaSecurityKey(s_rsa) { KeyId = $"rsa-{_generation}" }, algorithm);

    public SigningCredentials Ec() =>
        new(new ECDsaSecurityKey(_ec) { KeyId = $"ec-{_generation}" }, "ES256");

    /// <summary>Signed with what everybody can read.</summary>
    public SigningCredentials Symmetric() =>
        new(
            new SymmetricSecurityKey(s_rsa.ExportSubjectPublicKeyInfo())
            {
                KeyId = $"rsa-{_generation}",
            },
            "HS256"
        );

    public string Token(
        DateTimeOffset now,
        SigningCredentials? credentials,
        Dictionary<string, object>? change = null
    )
    {
        var claims = new Dictionary<string, object>
        {
            ["iss"] = Issuer,
            ["sub"] = "alice",
            ["aud"] = "gantry",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in change ?? [])
        {
            claims[name] = value;
        }

        var handler = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false };
        return handler.CreateToken(
            new SecurityTokenDescriptor { Claims = claims, SigningCredentials = credentials }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _ec.Dispose();
    }

    private Task ServeAsync(HttpContext context)
    {
        if (IsDown)
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        }

        return context.Request.Path.Value switch
        {
            "/realm/.well-known/openid-configuration" => context.Response.WriteAsync(
                $$"""{"issuer":"{{Issuer}}","jwks_uri":"{{Issuer}}/keys"}""",
                context.RequestAborted
            ),
            "/realm/keys" => SendKeysAsync(context),
            _ => Task.FromResult(context.Response.StatusCode = 404),
        };
    }

    private Task SendKeysAsync(HttpContext context)
    {
        Fetches++;
        var rsa = s_rsa.ExportParameters(false);
        var ec = _ec.ExportParameters(false);
        return context.Response.WriteAsync(
            $$"""
            {"keys":[
              {"kty":"RSA","use":"sig","kid":"rsa-{{_generation}}","n":"{{Text(
                rsa.Modulus
            )}}","e":"{{Text(rsa.Exponent)}}"},
              {"kty":"EC","crv":"P-256","kid":"ec-{{_generation}}","x":"{{Text(
                ec.Q.X
            )}}","y":"{{Text(ec.Q.Y)}}"},
              {"kty":"oct","kid":"oct-{{_generation}}","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
            ]}
            """,
            context.RequestAborted
        );
    }

    private static string Text(byte[]? bytes) => Base64UrlEncoder.Encode(bytes ?? []);
}
