using System.Collections.Immutable;
using System.Diagnostics;

namespace Gantry.EndToEnd.Harness;

/// <summary>nginx in front of several gateways: each request goes to the next of them.</summary>
internal sealed class RoundRobin : IAsyncDisposable
{
    private static readonly string[] s_places = ["/usr/sbin/nginx", "/usr/bin/nginx"];

    private readonly Process _process;

    private RoundRobin(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Returns when it listens.</summary>
    /// <param name="home">A directory of its own.</param>
    public static async Task<RoundRobin> StartAsync(
        string home,
        ImmutableArray<Uri> behind,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(home);
        var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
        var config = Path.Combine(home, "nginx.conf");
        await File.WriteAllTextAsync(config, Config(home, address, behind), cancellationToken);
        var nginx =
            s_places.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException("nginx is missing. ./test installs it.");
        var command = new Command(nginx, "-p", home, "-c", config, "-e", $"{home}/error.log");
        var proxy = new RoundRobin(command.Start(), address);
        using var http = new HttpClient();
        await Eventually.TrueAsync(
            "nginx listens",
            async () => !proxy._process.HasExited && await AnswersAsync(http, address),
            cancellationToken
        );
        return proxy;
    }

    public Uri EndpointOf(string server) => new(Address, $"/mcp/{server}");

    /// <summary>Lets one have its turn for nothing: clients that make an even number of requests
    /// would all begin at the same.</summary>
    public async Task SkipAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(Address, "/health"), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri address)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(address, "/health"));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // One worker, so that the round is one. Nothing is kept back: a stream passes as it comes.
    private static string Config(string home, Uri address, ImmutableArray<Uri> behind) =>
        $$"""
            daemon off;
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            worker_processes 1;
            pid {{home}}/nginx.pid;
            events { worker_connections 512; }
            http {
              access_log off;
              client_body_temp_path {{home}}/body;
              proxy_temp_path {{home}}/proxy;
              fastcgi_temp_path {{home}}/fastcgi;
              uwsgi_temp_path {{home}}/uwsgi;
              scgi_temp_path {{home}}/scgi;
              upstream replicas {
                {{string.Join(' ', behind.Select(one => $"server {one.Authority};"))}}
              }
              server {
                listen {{address.Authority}};
                location / {
                  proxy_pass http://replicas;
                  proxy_http_version 1.1;
                  proxy_set_header Host $http_host;
                  proxy_set_header Connection "";
                  proxy_buffering off;
                  proxy_read_timeout 1h;
                }
              }
            }
            """;
}
