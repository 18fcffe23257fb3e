using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gantry.Bench.Stands;

/// <summary>
/// The limit of what a gateway on this web server could reach: reads the body, and gives the same
/// answer to everything.
/// </summary>
internal static class BareKestrel
{
    public const string Name = "kestrel";

    private static readonly byte[] s_answer =
        """{"jsonrpc":"2.0","id":100000001,"result":{"content":[{"type":"text","text":"hello 100000001"}]}}"""u8.ToArray();

    public static Task RunAsync(string port, CancellationToken cancellationToken) =>
        ServeAsync(port, AnswerAsync, cancellationToken);

    /// <summary>A web server with nothing in it but this.</summary>
    public static async Task ServeAsync(
        string port,
        RequestDelegate serve,
        CancellationToken cancellationToken
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, int.Parse(port, null))
        );
        await using var app = builder.Build();
        app.Run(serve);
        await app.StartAsync(cancellationToken);
        await ((IHost)app).WaitForShutdownAsync(cancellationToken);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = s_answer.Length;
        await context.Response.BodyWriter.WriteAsync(s_answer, context.RequestAborted);
    }
}
