using System.Globalization;
using System.Text;
using System.Text.Json;
using Gantry.Wire;

namespace Gantry.Runtimes.Stdio;

/// <summary>
/// Gantry's own conversation with a server that has just started: learns which revision it speaks.
/// </summary>
internal static class Handshaker
{
    private const int MethodNotFound = -32601;

    // The depth of the reader that let the frame in.
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = Frame.MaxDepth };

    /// <summary>What Gantry says of itself to a server that many clients share: it can nothing, so
    /// nothing of one client can be asked for on behalf of another.</summary>
    public static ReadOnlyMemory<byte> SharedParams { get; } =
        Encoding.UTF8.GetBytes(
            $$$"""{"protocolVersion":"{{{Dialect.NewestWithSessions}}}","capabilities":{},"clientInfo":{"name":"gantry","version":"{{{OwnVersion}}}"}}"""
        );

    private static string OwnVersion =>
        typeof(Handshaker).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <param name="initializeParams">The <c>params</c> to send.</param>
    /// <exception cref="HandshakeException">The server answered, but not as MCP servers do.</exception>
    /// <exception cref="InstanceGoneException">The server ended.</exception>
    public static async Task<Handshake> RunAsync(
        IConnection connection,
        ReadOnlyMemory<byte> initializeParams,
        CancellationToken cancellationToken
    )
    {
        using var answer = await AskAsync(
            connection,
            Request("initialize"u8, initializeParams.Span),
            cancellationToken
        );
        if (answer.IsError && ErrorCode(answer) is MethodNotFound)
        {
            return await DiscoverAsync(connection, cancellationToken);
        }

        var handshake = Read(answer, "initialize", "protocolVersion");
        using var initialized = Frame.Parse(
            """{"jsonrpc":"2.0","method":"notifications/initialized"}"""u8
        );
        await connection.SendAsync(initialized, cancellationToken);
        return handshake;
    }

    // A server of the era without sessions does not know initialize (2026-07-28, versioning).
    private static async Task<Handshake> DiscoverAsync(
        IConnection connection,
        CancellationToken cancellationToken
    )
    {
        var revision = Dialect.All[^1].Revision;
        var parameters = Encoding.UTF8.GetBytes(
            $$$$"""{"_meta":{"io.modelcontextprotocol/protocolVersion":"{{{{revision}}}}","io.modelcontextprotocol/clientCapabilities":{}}}"""
        );
        using var answer = await AskAsync(
            connection,
            Request("server/discover"u8, parameters),
            cancellationToken
        );
        return Read(answer, "server/discover", "supportedVersions");
    }

    private static async Task<Frame> AskAsync(
        IConnection connection,
        Frame request,
        CancellationToken cancellationToken
    )
    {
        var call =
            await connection.OpenAsync(request, Envelope.Own, cancellationToken)
            ?? throw new InstanceGoneException($"{connection.Instance} was told to stop.");
        using (call)
        {
            while (true)
            {
                var frame = await call.ReadAsync().AsTask().WaitAsync(cancellationToken);
                if (frame.Kind is FrameKind.Response)
                {
                    return frame;
                }

                frame.Dispose();
            }
        }
    }

    private static Frame Request(ReadOnlySpan<byte> method, ReadOnlySpan<byte> parameters) =>
        Frame.Parse([
            .. """{"jsonrpc":"2.0","id":0,"method":" """u8[..^1],
            .. method,
            .. "\",\"params\":"u8,
            .. parameters,
            .. "}"u8,
        ]);

    private static Handshake Read(Frame answer, string method, string member)
    {
        var body = answer.Slice(answer.Body);
        if (answer.IsError)
        {
            throw new HandshakeException(
                $"It refused '{method}': {Encoding.UTF8.GetString(body.Span)}"
            );
        }

        return new(
            Ask(body, member, Newest)
                ?? throw new HandshakeException(
                    $"Its answer to '{method}' names no protocol revision that Gantry knows."
                ),
            body.ToArray()
        );
    }

    private static Dialect? Newest(JsonElement revisions) =>
        revisions.ValueKind is JsonValueKind.Array
            ? revisions
                .EnumerateArray()
                .Select(Find)
                .MaxBy(dialect => dialect?.Revision, StringComparer.Ordinal)
            : Find(revisions);

    private static Dialect? Find(JsonElement revision) =>
        revision.ValueKind is JsonValueKind.String && revision.GetString() is { } text
            ? Dialect.Find(text)
            : null;

    private static int? ErrorCode(Frame answer) => Ask(answer.Slice(answer.Body), "code", Number);

    private static int? Number(JsonElement value) =>
        value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;

    // What the member of an object says; nothing when there is none.
    private static T? Ask<T>(ReadOnlyMemory<byte> body, string member, Func<JsonElement, T?> read)
    {
        using var json = JsonDocument.Parse(body, s_options);
        try
        {
            return
                json.RootElement.ValueKind is JsonValueKind.Object
                && json.RootElement.TryGetProperty(member, out var value)
                ? read(value)
                : default;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: JSON, but no text.
            return default;
        }
    }
}

/// <summary>The server runs but does not speak MCP as it should; the message is its reason.</summary>
internal sealed class HandshakeException(string message) : Exception(message);
