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
    // The depth of the reader that let the frame in.
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = Frame.MaxDepth };

    /// <summary>What Gantry says of itself to a server that many clients share: it can nothing, so
    /// nothing of one client can be asked for on behalf of another.</summary>
    public static ReadOnlyMemory<byte> SharedParams { get; } =
        Encoding.UTF8.GetBytes(
            $$$"""{"protocolVersion":"{{{Dialect.NewestWithSessions}}}","capabilities":{},"clientInfo":{"name":"gantry","version":"{{{OwnVersion}}}"}}"""
        );

    private delegate Task<Verdict> Ask(
        IConnection connection,
        ReadOnlyMemory<byte> initializeParams,
        CancellationToken cancellationToken
    );

    private static string OwnVersion =>
        typeof(Handshaker).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>With a server of which nothing is known.</summary>
    /// <param name="initializeParams">The <c>params</c> to send.</param>
    /// <exception cref="HandshakeException">The server answered, but not as MCP servers do.</exception>
    /// <exception cref="InstanceGoneException">The server ended.</exception>
    public static Task<Handshake> RunAsync(
        IConnection connection,
        ReadOnlyMemory<byte> initializeParams,
        CancellationToken cancellationToken
    ) => RunAsync(connection, initializeParams, wasModern: false, cancellationToken);

    /// <summary>With a server that was of this era the last time.</summary>
    // A server with sessions sees nothing that it cannot know; one of both eras has its sessions.
    public static async Task<Handshake> RunAsync(
        IConnection connection,
        ReadOnlyMemory<byte> initializeParams,
        bool wasModern,
        CancellationToken cancellationToken
    )
    {
        Ask[] ways = [Introduce, Discover];
        if (wasModern)
        {
            Array.Reverse(ways);
        }

        var (handshake, refusal) = await ways[0](connection, initializeParams, cancellationToken);
        if (handshake is null)
        {
            // By no one code: servers refuse what they do not know in many ways.
            (handshake, var second) = await ways[1]
                (connection, initializeParams, cancellationToken);
            refusal = wasModern ? second : refusal;
        }

        return handshake ?? throw new HandshakeException(refusal);
    }

    private static async Task<Verdict> Introduce(
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
        if (answer.IsError)
        {
            return new(null, Refusal(answer, "initialize"));
        }

        var handshake = Read(answer, "initialize", "protocolVersion");
        using var initialized = Frame.Parse(
            """{"jsonrpc":"2.0","method":"notifications/initialized"}"""u8
        );
        await connection.SendAsync(initialized, cancellationToken);
        return new(handshake, "");
    }

    private static async Task<Verdict> Discover(
        IConnection connection,
        ReadOnlyMemory<byte> initializeParams,
        CancellationToken cancellationToken
    )
    {
        var revision = Dialect.NewestWithoutSessions.Revision;
        var parameters = Encoding.UTF8.GetBytes(
            $$$$"""{"_meta":{"io.modelcontextprotocol/protocolVersion":"{{{{revision}}}}","io.modelcontextprotocol/clientCapabilities":{}}}"""
        );
        using var answer = await AskAsync(
            connection,
            Request("server/discover"u8, parameters),
            cancellationToken
        );
        return answer.IsError
            ? new(null, Refusal(answer, "server/discover"))
            : new(Read(answer, "server/discover", "supportedVersions"), "");
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

    private static string Refusal(Frame answer, string method) =>
        $"It refused '{method}': {Encoding.UTF8.GetString(answer[answer.Body])}";

    private static Handshake Read(Frame answer, string method, string member)
    {
        var body = answer.Slice(answer.Body);
        return new(
            Find(body, member, Newest)
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

    // What the member of an object says; nothing when there is none.
    private static T? Find<T>(ReadOnlyMemory<byte> body, string member, Func<JsonElement, T?> read)
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

    /// <param name="Handshake">Null when it refused.</param>
    private readonly record struct Verdict(Handshake? Handshake, string Refusal);
}

/// <summary>The server runs but does not speak MCP as it should; the message is its reason.</summary>
internal sealed class HandshakeException(string message) : Exception(message);
