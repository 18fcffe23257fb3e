using System.Collections.Immutable;
using Gantry.Access;
using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class GatewayBlockTests
{
    [Fact]
    public void Everything_about_who_may_come_in_is_read()
    {
        var hash = PasswordHash.Of("x").ToString();
        var config = Written.Own(
            $$"""
            gateway:
              auth:
                api_keys: true
                jwt:
                  - issuer: https://login.example.com
                    audience: [gantry, other]
                    roles_claim: realm_access.roles
                    role_map: { ops: operator }
                    tenant_claim: org
                    required_scopes: mcp
                    rate: 10/s
                basic:
                  users:
                    - { name: eve, password_hash: "{{hash}}", role: admin }
              allow_unauthenticated: [main]
              allowed_hosts: gantry.example.com
              public_url: https://gantry.example.com/tools
              trusted_proxies: [10.0.0.0/8, "::1"]
              cors: { origins: ["https://app.example.com"] }
              tls: { cert_file: cert.pem, key_file: key.pem }
              tenants: { acme: { rate: 100/s, concurrency: 5 } }
            servers: { a: { command: x, tenant: acme } }
            """
        );
        var gateway = config.Gateway;

        Assert.Equal("", config.Problems);
        Assert.Equal("acme", config.Spec("a").Tenant);
        var issuer = Assert.Single(gateway.Auth?.Issuers ?? []);
        Assert.Equal(["gantry", "other"], issuer.Audiences);
        Assert.Equal(Role.Operator, issuer.RoleMap["ops"]);
        Assert.Equal("10/s", issuer.Limits.Rate?.ToString());
        Assert.Equal(Role.Admin, Assert.Single(gateway.Auth?.Users ?? []).Role);
        Assert.Equal("/conf/cert.pem", gateway.Tls?.CertificateFile);
        Assert.Equal(new Limits(Rate.Parse("100/s"), 5), gateway.Tenants["acme"]);
        Assert.Equal(["10.0.0.0/8", "::1"], gateway.TrustedProxies);
    }

    [Fact]
    public void How_replicas_belong_together_is_read()
    {
        var config = Written.Own(
            """
            gateway:
              listen: 0.0.0.0:8080
              replicas:
                secret: ["${NEW:-0123456789abcdef0123456789abcdef}", "${OLD:-fedcba9876543210fedcba9876543210}"]
                url: http://10.0.0.7:8080
                connect_timeout: 2s
                answer_timeout: 1m
            servers: { a: { command: x } }
            """
        );

        Assert.Equal("", config.Problems);
        var replicas = config.Gateway.Replicas;
        Assert.Equal(
            ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"],
            replicas?.Secrets.Select(secret => secret.Value)
        );
        Assert.Equal(new Uri("http://10.0.0.7:8080"), replicas?.Url);
        Assert.Equal(TimeSpan.FromSeconds(2), replicas?.ConnectTimeout);
        Assert.Equal(TimeSpan.FromMinutes(1), replicas?.AnswerTimeout);
    }

    [Theory]
    [InlineData("replicas: { connect_timeout: 1s }", "GT0901")]
    [InlineData("replicas: { secret: [] }", "GT0901")]
    [InlineData("replicas: { secret: '${S:-short}' }", "GT0902")]
    [InlineData(
        "replicas: { secret: '${S:-0123456789abcdef0123456789abcdef}', url: 'http://0.0.0.0:1' }",
        "GT0903"
    )]
    [InlineData(
        "replicas: { secret: '${S:-0123456789abcdef0123456789abcdef}', url: 'http://[::]:1' }",
        "GT0903"
    )]
    [InlineData(
        "replicas: { secret: '${S:-0123456789abcdef0123456789abcdef}', url: 'http://a/b' }",
        "GT0903"
    )]
    [InlineData(
        "replicas: { secret: '${S:-0123456789abcdef0123456789abcdef}', url: 'a:80' }",
        "GT0903"
    )]
    [InlineData(
        "replicas: { secret: '${S:-0123456789abcdef0123456789abcdef}', ca_file: none/ca.pem }",
        "GT0906"
    )]
    [InlineData(
        "replicas: { secret: '${S:-0123456789abcdef0123456789abcdef}', ca_file: / }",
        "GT0907"
    )]
    [InlineData(
        "replicas: { secret: '${S:-0123456789abcdef0123456789abcdef}', ca_file: /dev/null }",
        "GT0908"
    )]
    [InlineData("replicas: { secret: '${NONE}' }", "GT0401")]
    [InlineData("replicas: true", "GT0203")]
    public void Replicas_that_could_not_find_each_other_are_refused(string block, string code)
    {
        var config = Written.Own($"gateway: {{ {block} }}\nservers: {{ a: {{ command: x }} }}");

        Assert.Contains(code, config.Problems, StringComparison.Ordinal);
        Assert.True(config.Gateway.Replicas?.Secrets.IsEmpty);
    }

    [Theory]
    [InlineData("{ secret: '${NONE}' }")]
    [InlineData("{ url: 'http://a:1' }")]
    [InlineData("true")]
    public void A_slip_in_a_file_takes_no_replica_out_of_the_company(string block)
    {
        var before = Written.Own(
            "gateway: { replicas: { secret: '${S:-0123456789abcdef0123456789abcdef}' } }"
        );

        var after = new Written([("gantry.yaml", $"gateway: {{ replicas: {block} }}")])
        {
            Previous = before,
        }.Load();
        var without = new Written([("gantry.yaml", "gateway: {}")]) { Previous = after }.Load();

        Assert.NotEmpty(after.Diagnostics);
        Assert.Same(before.Gateway.Replicas, after.Gateway.Replicas);
        Assert.Null(without.Gateway.Replicas);
    }

    [Fact]
    public void A_replica_that_listens_everywhere_says_where_it_is_reached()
    {
        var config = Written.Own(
            """
            gateway:
              listen: 0.0.0.0:8080
              replicas: { secret: "${S:-0123456789abcdef0123456789abcdef}" }
            """
        );

        Assert.Contains("GT0904", config.Problems, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_in_the_file_is_remarked_upon_and_shown_nowhere()
    {
        var config = Written.Own(
            "gateway: { replicas: { secret: 0123456789abcdef0123456789abcdef } }"
        );

        Assert.Contains("GT0905", config.Problems, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789", config.Problems, StringComparison.Ordinal);
        Assert.Single(config.Gateway.Replicas?.Secrets ?? []);
    }

    [Theory]
    [InlineData("auth: { jwt: [{ issuer: 'http://login.example.com', audience: a }] }", "GT0601")]
    [InlineData("auth: { jwt: [{ audience: a }] }", "GT0602")]
    [InlineData("auth: { jwt: [{ issuer: 'https://login.example.com' }] }", "GT0603")]
    [InlineData("auth: { basic: { users: [{ name: a }] } }", "GT0604")]
    [InlineData("auth: { basic: { users: [{ name: 'a:b', password: x }] } }", "GT0604")]
    [InlineData("auth: { basic: { users: [{ name: a, password_hash: x }] } }", "GT0605")]
    [InlineData(
        "auth: { jwt: [{ issuer: 'https://a.example.com', audience: a, role_map: { x: king } }] }",
        "GT0606"
    )]
    [InlineData("trusted_proxies: 10.0.0.0/40", "GT0607")]
    [InlineData("allowed_hosts: 'https://a'", "GT0608")]
    [InlineData("cors: { origins: 'https://a/b' }", "GT0609")]
    [InlineData("cors: { origins: '/(/' }", "GT0616")]
    [InlineData("cors: { origins: '/example/' }", "GT0617")]
    [InlineData("tenants: { 'a b': {} }", "GT0610")]
    [InlineData("tls: { cert_file: a }", "GT0611")]
    [InlineData("public_url: gantry", "GT0601")]
    [InlineData("tenants: { a: { rate: many } }", "GT0203")]
    [InlineData("listen: 'unix:'", "GT0613")]
    [InlineData("listen: ['localhost:1', 'unix:a', 'unix:./a']", "GT0614")]
    [InlineData("socket_mode: 0060", "GT0615")]
    [InlineData("socket_mode: 0777", "GT0615")]
    [InlineData("socket_mode: rw-rw----", "GT0615")]
    public void What_is_wrong_is_said(string block, string code)
    {
        var config = Written.Own($"servers: {{}}\ngateway: {{ {block} }}");

        Assert.Equal(code, Assert.Single(config.Diagnostics).Code);
    }

    [Theory]
    [InlineData("auth: []")]
    [InlineData("auth: { jwt: [{ issuer: nonsense }] }")]
    [InlineData("auth: { basic: { users: [{ name: a, password: '${NOWHERE}' }] } }")]
    [InlineData("auth: { unknown: 1 }")]
    [InlineData("auth: { api_keys: false }")]
    public void Whatever_is_wrong_with_it_nobody_comes_in_unasked(string block)
    {
        var config = Written.Own($"servers: {{}}\ngateway: {{ {block} }}");

        Assert.NotEmpty(config.Diagnostics);
        Assert.NotNull(config.Gateway.Auth);
        Assert.Empty(config.Gateway.Auth.Issuers);
        Assert.Empty(config.Gateway.Auth.Users);
    }

    [Fact]
    public void Clients_may_connect_at_several_addresses()
    {
        var gateway = Written
            .Own(
                """
                servers: {}
                gateway:
                  listen: ["127.0.0.1:8080", "[::1]:8080", "unix:run/gantry.sock"]
                  socket_mode: 0660
                  trusted_proxies: unix
                """
            )
            .Gateway;

        Assert.Equal(["127.0.0.1:8080", "[::1]:8080"], gateway.Listen[..2]);
        Assert.Equal("unix:/conf/run/gantry.sock", gateway.Listen[2]);
        Assert.Equal("110110000", Convert.ToString((int)gateway.SocketMode, 2));
        Assert.Equal([GatewaySettings.SocketProxy], gateway.TrustedProxies);
    }

    [Fact]
    public void A_scope_that_has_no_value_does_not_become_no_scope()
    {
        var config = Written.Own(
            """
            servers: {}
            gateway:
              auth:
                jwt:
                  - { issuer: "https://a.example.com", audience: a, required_scopes: "${NOWHERE}" }
            """
        );

        Assert.Empty(config.Gateway.Auth?.Issuers ?? [new("x")]);
    }

    [Fact]
    public void Asking_does_not_end_because_a_file_changed()
    {
        var before = Written.Own("servers: {}\ngateway: { auth: { api_keys: true } }");

        var after = new Written([("gantry.yaml", "servers: {}")]) { Previous = before }.Load();

        Assert.NotNull(after.Gateway.Auth);
        Assert.Equal("GT0612", Assert.Single(after.Diagnostics).Code);
    }

    [Fact]
    public void A_changed_secret_makes_another_configuration_and_shows_in_none()
    {
        const string text = """
            servers: {}
            gateway: { auth: { basic: { users: [{ name: a, password: "${PW}" }] } } }
            """;
        var one = With("canary-1", text);
        var other = With("canary-2", text);

        Assert.NotEqual(one.Revision, other.Revision);
        Assert.DoesNotContain("canary", $"{one.Gateway} {one.Gateway.Auth?.Users[0]}");
    }

    private static ConfigSnapshot With(string password, string text) =>
        new Written([("gantry.yaml", text)])
        {
            Variables = ImmutableDictionary<string, string>.Empty.Add("PW", password),
        }.Load();
}
