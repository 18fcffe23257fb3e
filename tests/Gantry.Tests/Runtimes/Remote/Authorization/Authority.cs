using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>
/// An MCP server and its authorization server in one, which behave as the standards say, and
/// misbehave where a test throws a switch.
/// </summary>
internal sealed class Authority : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, string[]> _tokens = new();
    private readonly ConcurrentDictionary<string, string[]> _codes = new();
    private int _issued;

    private Authority(WebApplication app) => _app = app;

    public string Origin { get; private set; } = "";

    public Uri Resource => new($"{Origin}/mcp");

    /// <summary>Under a path, so that all addresses of metadata differ.</summary>
    public string Issuer => $"{Origin}{IssuerPath}";

    public string IssuerPath { get; set; } = "/as";

    public string? MetadataIssuer { get; set; }

    public bool HasMetadata { get; set; } = true;

    public bool HasPkce { get; set; } = true;

    public string? NamedResource { get; set; }

    /// <summary>What the answer to the browser says about who gives it; null for nothing.</summary>
    public Func<string?> AnswerIssuer { get; set; } = () => null;

    public bool PromisesIssuer { get; set; }

    public int MetadataPadding { get; set; }

    public TaskCompletionSource? MetadataHold { get; set; }

    public string? MetadataRedirect { get; set; }

    public string[] ScopesSupported { get; set; } = [];

    public string[] Methods { get; set; } = ["none"];

    /// <summary>What the server wants of a token; null for a server that wants none.</summary>
    public string[]? NeededScopes { get; set; } = [];

    public bool RefusesAll { get; set; }

    public bool RefusesRefresh { get; set; }

    public bool IsDown { get; set; }

    public int Lifetime { get; set; } = 3600;

    public ConcurrentQueue<string> Paths { get; } = new();

    public ConcurrentQueue<Dictionary<string, string>> TokenRequests { get; } = new();

    public ConcurrentQueue<Dictionary<string, string>> Questions { get; } = new();

    /// <summary>Every secret that was given to anybody.</summary>
    public ConcurrentBag<string> Given { get; } = [];

    public string RefreshToken { get; private set; } = "";

    public static async Task<Authority> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var authority = new Authority(app);
        app.Run(authority.ServeAsync);
        await app.StartAsync(cancellationToken);
        authority.Origin = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        return authority;
    }

    public async ValueTask DisposeAsync()
    {
        MetadataHold?.TrySetResult();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Nobody's token counts any more.</summary>
    public void Revoke() => _tokens.Clear();

    private Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        Paths.Enqueue(path);
        return path switch
        {
            "/mcp" => ServeResourceAsync(context),
            "/.well-known/oauth-protected-resource/mcp" when HasMetadata => DescribeResourceAsync(
                context
            ),
            _ when HasMetadata && path == $"/.well-known/oauth-authorization-server{IssuerPath}" =>
                DescribeAsync(context),
            _ when path == $"{Endpoints}/authorize" => AuthorizeAsync(context),
            _ when path == $"{Endpoints}/token" => GiveTokensAsync(context),
            _ when path == $"{Endpoints}/register" => RegisterAsync(context),
            _ => RefuseAsync(context, StatusCodes.Status404NotFound, "not_found"),
        };
    }

    private string Endpoints => HasMetadata ? IssuerPath : "";

    private Task ServeResourceAsync(HttpContext context)
    {
        var token = context.Request.Headers.Authorization.ToString().Split(' ')[^1];
        if (NeededScopes is not { } needed)
        {
            return Task.CompletedTask;
        }

        var metadata = $"resource_metadata=\"{Origin}/.well-known/oauth-protected-resource/mcp\"";
        var scope = needed is [] ? "" : $", scope=\"{string.Join(' ', needed)}\"";
        if (RefusesAll || !_tokens.TryGetValue(token, out var scopes))
        {
            context.Response.Headers.WWWAuthenticate = HasMetadata
                ? $"Bearer {metadata}{scope}"
                : "Bearer";
            return RefuseAsync(context, StatusCodes.Status401Unauthorized, "invalid_token");
        }

        if (needed.Except(scopes).Any())
        {
            context.Response.Headers.WWWAuthenticate =
                $"Bearer error=\"insufficient_scope\", {metadata}{scope}";
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "insufficient_scope");
        }

        return Task.CompletedTask;
    }

    private Task DescribeResourceAsync(HttpContext context) =>
        AnswerAsync(
            context,
            new()
            {
                ["resource"] = NamedResource ?? Resource.ToString(),
                ["authorization_servers"] = new JsonArray(Issuer),
            }
        );

    private async Task DescribeAsync(HttpContext context)
    {
        await (MetadataHold?.Task.WaitAsync(context.RequestAborted) ?? Task.CompletedTask);
        if (MetadataRedirect is { } elsewhere)
        {
            context.Response.Redirect(elsewhere);
            return;
        }

        var document = new JsonObject
        {
            ["issuer"] = MetadataIssuer ?? Issuer,
            ["authorization_endpoint"] = $"{Issuer}/authorize",
            ["token_endpoint"] = $"{Issuer}/token",
            ["registration_endpoint"] = $"{Issuer}/register",
            ["scopes_supported"] = List(ScopesSupported),
            ["token_endpoint_auth_methods_supported"] = List(Methods),
            ["authorization_response_iss_parameter_supported"] = PromisesIssuer,
            ["padding"] = new string('x', MetadataPadding),
        };
        if (HasPkce)
        {
            document["code_challenge_methods_supported"] = List("S256");
        }

        await AnswerAsync(context, document);
    }

    private Task AuthorizeAsync(HttpContext context)
    {
        var query = context.Request.Query.ToDictionary(pair => pair.Key, pair => $"{pair.Value}");
        Questions.Enqueue(query);
        var code = Issue("code");
        _codes[code] = Words(query.GetValueOrDefault("scope"));
        var issuer = AnswerIssuer() is { } given ? $"&iss={Uri.EscapeDataString(given)}" : "";
        context.Response.Redirect(
            $"{query["redirect_uri"]}?code={code}&state={query["state"]}{issuer}"
        );
        return Task.CompletedTask;
    }

    private async Task GiveTokensAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var fields = form.ToDictionary(pair => pair.Key, pair => $"{pair.Value}");
        fields["authorization"] = context.Request.Headers.Authorization.ToString();
        TokenRequests.Enqueue(fields);
        var scopes = fields["grant_type"] switch
        {
            "authorization_code" => _codes.TryRemove(fields["code"], out var asked) ? asked : null,
            "refresh_token" => fields["refresh_token"] == RefreshToken ? NeededScopes : null,
            "client_credentials" => Words(fields.GetValueOrDefault("scope")),
            _ => null,
        };
        if (IsDown)
        {
            context.Abort();
        }
        else if (scopes is null || (RefusesRefresh && fields["grant_type"] is "refresh_token"))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid_grant");
        }
        else
        {
            await GiveAsync(context, scopes);
        }
    }

    // Every refresh token serves once.
    private Task GiveAsync(HttpContext context, string[] scopes)
    {
        var token = Issue("access");
        _tokens[token] = scopes;
        RefreshToken = Issue("refresh");
        return AnswerAsync(
            context,
            new()
            {
                ["access_token"] = token,
                ["token_type"] = "bearer",
                ["expires_in"] = Lifetime,
                ["refresh_token"] = RefreshToken,
                ["scope"] = string.Join(' ', scopes),
            }
        );
    }

    private Task RegisterAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        var answer = new JsonObject { ["client_id"] = Issue("client") };
        if (!Methods.Contains("none"))
        {
            answer["client_secret"] = Issue("secret");
        }

        return AnswerAsync(context, answer);
    }

    private string Issue(string kind)
    {
        var made = $"{kind}-{Interlocked.Increment(ref _issued)}-canary";
        Given.Add(made);
        return made;
    }

    private static JsonArray List(params string[] words) =>
        [.. words.Select(word => JsonValue.Create(word))];

    private static string[] Words(string? text) =>
        (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Task RefuseAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        return AnswerAsync(context, new() { ["error"] = error });
    }

    private static async Task AnswerAsync(HttpContext context, JsonObject document)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(document.ToJsonString());
    }
}
