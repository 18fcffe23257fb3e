using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gantry.Bench.Load;
using Gantry.Bench.Stands;

namespace Gantry.Bench.Subjects;

/// <summary>All that is measured side by side, each with a port of its own.</summary>
internal sealed class Lineup(string folder)
{
    private static readonly Cell s_one = new(1, 1);
    private static readonly Cell s_some = new(16, 1);
    private static readonly Cell s_many = new(64, 1);
    private static readonly Cell s_manySessions = new(64, 64);
    private static readonly Cell s_paced = new(64, 1, Rate: 10_000);

    private readonly int _port = FreePort();
    private readonly int _portBeside = FreePort();

    /// <summary>Null for what is not installed here.</summary>
    public async Task<Subject?> MakeAsync(string name, CancellationToken cancellationToken) =>
        name switch
        {
            Subject.Gantry => Gantry(await KeyAsync(cancellationToken)),
            Subject.GantryHttp => GantryHttp(await KeyAsync(cancellationToken)),
            Subject.GantryMany => GantryMany(await KeyAsync(cancellationToken)),
            Subject.Kestrel => Kestrel(),
            Subject.Copy => Copy(),
            Subject.Nginx => Repository.Nginx is { } nginx ? Nginx(nginx) : null,
            _ => Repository.Npm(name) is { } peer ? Peer(name, peer) : null,
        };

    private Subject Gantry(string key)
    {
        var legacy = new Target(_port, "/mcp/echo") { Key = key };
        var modern = legacy with { Era = Era.Modern };
        var bothModern = modern with { Path = "/mcp/modern" };
        return Gantry(
            $"""
              echo:
                command: {Repository.EchoServer}
                args: [echo]
              modern:
                command: {Repository.EchoServer}
                args: [echo, --modern-only]
                start: on_demand
            """,
            [
                new(Trial.Echo, legacy, s_one),
                new(Trial.Modern, modern, s_one),
                new(Trial.Echo, legacy, s_some),
                new(Trial.Echo, legacy, s_many),
                new(Trial.Modern, modern, s_many),
                new(Trial.BothModern, bothModern, s_many),
                new(Trial.Echo, legacy, s_manySessions),
                new(Trial.Paced, legacy, s_paced),
                new(Trial.Large, legacy with { Question = Question.Large }, s_one),
            ]
        ) with
        {
            Name = Subject.Gantry,
        };
    }

    private Subject GantryHttp(string key)
    {
        var target = new Target(_port, "/mcp/far") { Key = key };
        return Gantry(
            $"  far:\n    url: {HttpEcho.Address(_portBeside)}",
            [new(Trial.Http, target, s_one), new(Trial.Http, target, s_many)]
        ) with
        {
            Name = Subject.GantryHttp,
            Beside = HttpServer(),
        };
    }

    private Subject GantryMany(string key)
    {
        var servers = Enumerable
            .Range(0, HttpEcho.Servers)
            .Select(number => $"  far-{number}:\n    url: {HttpEcho.Address(_portBeside, number)}");
        var target = new Target(_port, "/mcp") { Key = key, Question = Question.List };
        return Gantry(string.Join('\n', servers), [new(Trial.Many, target, s_one)]) with
        {
            Name = Subject.GantryMany,
            Beside = HttpServer(),
        };
    }

    // With all that a gateway in earnest has on: it asks who calls, and writes down and counts every
    // call.
    private Subject Gantry(string servers, ImmutableArray<Trial> trials)
    {
        var config = Path.Combine(folder, "gantry.yaml");
        return new(
            Subject.Gantry,
            new(
                Repository.Gantry,
                "up",
                config,
                "--listen",
                $"127.0.0.1:{_port}",
                "--state-dir",
                folder
            )
        )
        {
            File = (config, $"gateway:\n  auth:\n    api_keys: true\nservers:\n{servers}\n"),
            Trials = trials,
            HasMetrics = true,
        };
    }

    private Task<string> KeyAsync(CancellationToken cancellationToken) =>
        Running.ReadAsync(
            new(Repository.Gantry, "key", "create", "bench", "--state-dir", folder),
            cancellationToken
        );

    private Subject Kestrel()
    {
        var target = new Target(_port, "/") { Era = Era.None, Question = Question.Constant };
        return new(Subject.Kestrel, new(Repository.Bench, BareKestrel.Name, $"{_port}"))
        {
            Trials =
            [
                new(Trial.Echo, target, s_one),
                new(Trial.Echo, target, s_some),
                new(Trial.Echo, target, s_many),
                new(Trial.Paced, target, s_paced),
            ],
        };
    }

    private Subject Copy() =>
        new(Subject.Copy, new(Repository.Bench, RawCopy.Name, $"{_port}"))
        {
            Trials =
            [
                new(
                    Trial.Large,
                    new(_port, "/") { Era = Era.None, Question = Question.Large },
                    s_one
                ),
            ],
        };

    private Subject Nginx(string program)
    {
        var config = Path.Combine(folder, "nginx.conf");
        var target = new Target(_port, HttpEcho.Path());
        return new(
            Subject.Nginx,
            new(program, "-p", folder, "-c", config, "-e", Path.Combine(folder, "error.log"))
        )
        {
            File = (config, OneWorker(folder)),
            Beside = HttpServer(),
            Trials = [new(Trial.Http, target, s_one), new(Trial.Http, target, s_many)],
        };
    }

    private Program HttpServer() =>
        new(Repository.Bench, HttpEcho.Name, _portBeside.ToString(CultureInfo.InvariantCulture));

    private string OneWorker(string temporary) =>
        $$"""
            worker_processes 1;
            daemon off;
            pid nginx.pid;
            events { worker_connections 1024; }
            http {
                access_log off;
                client_body_temp_path {{temporary}};
                proxy_temp_path {{temporary}};
                fastcgi_temp_path {{temporary}};
                uwsgi_temp_path {{temporary}};
                scgi_temp_path {{temporary}};
                upstream echo {
                    server 127.0.0.1:{{_portBeside}};
                    keepalive 128;
                    keepalive_requests 1000000000;
                }
                server {
                    listen 127.0.0.1:{{_port}};
                    keepalive_requests 1000000000;
                    location / {
                        proxy_pass http://echo;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                    }
                }
            }

            """;

    private Subject Peer(string name, string program)
    {
        var target = new Target(_port, "/mcp");
        return new(
            name,
            new("node", [program, .. name is Subject.McpProxy ? McpProxy() : Supergateway()])
        )
        {
            Trials =
            [
                new(Trial.Echo, target, s_one),
                new(Trial.Echo, target, s_many),
                new(Trial.Echo, target, s_manySessions),
            ],
        };
    }

    private string[] Supergateway() =>
        [
            "--stdio",
            $"{Repository.EchoServer} echo",
            "--outputTransport",
            "streamableHttp",
            "--stateful",
            "--logLevel",
            "none",
            "--port",
            $"{_port}",
        ];

    private string[] McpProxy() =>
        [
            "--host",
            "127.0.0.1",
            "--port",
            $"{_port}",
            "--server",
            "stream",
            "--",
            Repository.EchoServer,
            "echo",
        ];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
