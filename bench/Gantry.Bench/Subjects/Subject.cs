using System.Collections.Immutable;
using Gantry.Bench.Load;

namespace Gantry.Bench.Subjects;

/// <summary>A gateway to measure, and how to start it in front of the echo server.</summary>
internal sealed record Subject(string Name, string Command, ImmutableArray<string> Arguments)
{
    public const string Gantry = "gantry";
    public const string Kestrel = "kestrel";

    public required Target Target { get; init; }

    /// <summary>Files that it needs, path and text, written before it starts.</summary>
    public (string Path, string Text)? File { get; init; }

    public bool IsLimit => Name is Kestrel;

    public bool IsPeer => Name is not (Gantry or Kestrel);

    public static ImmutableArray<Subject> All(string folder, int port) =>
        [
            GantryAt(folder, port),
            Supergateway(port),
            McpProxy(port),
            new(Kestrel, Environment.ProcessPath ?? "", [Kestrel, $"{port}"])
            {
                Target = new(port, "/", AnswersConstant: true),
            },
        ];

    private static Subject GantryAt(string folder, int port)
    {
        var config = Path.Combine(folder, "gantry.yaml");
        return new(
            Gantry,
            Repository.Path("gantry"),
            ["up", config, "--listen", $"127.0.0.1:{port}", "--state-dir", folder]
        )
        {
            Target = new(port, "/mcp/echo"),
            File = (
                config,
                $"servers:\n  echo:\n    command: {Repository.EchoServer}\n    args: [echo]\n"
            ),
        };
    }

    private static Subject Supergateway(int port) =>
        new(
            "supergateway",
            "node",
            [
                Repository.Path("bench/npm/node_modules/.bin/supergateway"),
                "--stdio",
                $"{Repository.EchoServer} echo",
                "--outputTransport",
                "streamableHttp",
                "--stateful",
                "--logLevel",
                "none",
                "--port",
                $"{port}",
            ]
        )
        {
            Target = new(port, "/mcp"),
        };

    private static Subject McpProxy(int port) =>
        new(
            "mcp-proxy",
            "node",
            [
                Repository.Path("bench/npm/node_modules/.bin/mcp-proxy"),
                "--host",
                "127.0.0.1",
                "--port",
                $"{port}",
                "--server",
                "stream",
                "--",
                Repository.EchoServer,
                "echo",
            ]
        )
        {
            Target = new(port, "/mcp"),
        };
}

internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string EchoServer =>
        Path("artifacts/bin/Gantry.TestServer/release/Gantry.TestServer");

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "Gantry.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No Gantry.slnx above.");
        }

        return folder.FullName;
    }
}
