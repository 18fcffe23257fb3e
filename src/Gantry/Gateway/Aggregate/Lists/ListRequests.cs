using System.Collections.Immutable;
using System.Text;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>What Gantry asks of servers on its own account, to know what they have.</summary>
internal static class ListRequests
{
    private const int MaxPages = 100;
    private const int MaxEntries = 10_000;
    private const int MethodNotFound = -32601;

    // What a request without a session says of its client: that it can do nothing.
    private static readonly byte[] s_meta = Encoding.UTF8.GetBytes(
        $$$"""
        "_meta":{"io.modelcontextprotocol/protocolVersion":"{{{Dialect.NewestWithoutSessions}}}","io.modelcontextprotocol/clientCapabilities":{}},
        """
    );

    /// <summary>Fetches a list, page after page.</summary>
    /// <param name="envelope">On whose behalf.</param>
    /// <exception cref="ServerUnavailableException">The server refused, or will not come to an
    /// end.</exception>
    /// <exception cref="InstanceGoneException">The instance ended.</exception>
    public static async Task<Listing> ListAsync(
        IConnection connection,
        Envelope envelope,
        ListKind kind,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var entries = ImmutableArray.CreateBuilder<Entry>();
        ReadOnlyMemory<byte> cursor = default;
        long? lifetime = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var read = await PageAsync(connection, envelope, kind, cursor, cancellationToken);
            entries.AddRange(read.Entries);
            lifetime = Shorter(lifetime, read.LifetimeMs);
            cursor = read.Cursor;
            if (cursor.IsEmpty || entries.Count > MaxEntries)
            {
                break;
            }
        }

        return cursor.IsEmpty
            ? new(entries.ToImmutable(), lifetime is { } ms ? Later(now, ms) : null)
            : throw new ServerUnavailableException(
                $"its {Encoding.UTF8.GetString(kind.Member())} are more than "
                    + $"{MaxEntries} or more than {MaxPages} pages"
            );
    }

    /// <summary>Sends one request and reads the response to it.</summary>
    /// <param name="envelope">On whose behalf.</param>
    /// <param name="parameters">As JSON text.</param>
    /// <returns>For the caller to dispose; null when the gate was closed.</returns>
    /// <exception cref="InstanceGoneException">The instance ended.</exception>
    public static async Task<Frame?> AskAsync(
        IConnection connection,
        Envelope envelope,
        ReadOnlyMemory<byte> method,
        ReadOnlyMemory<byte> parameters,
        CancellationToken cancellationToken
    )
    {
        var request = Request(method.Span, parameters.Span);
        if (connection.Handshake.Dialect.HasRequestMeta)
        {
            Members.Add(request, request.Body, s_meta);
        }

        if (await connection.OpenAsync(request, envelope, cancellationToken) is not { } call)
        {
            request.Dispose();
            return null;
        }

        using (call)
        {
            using var given = cancellationToken.Register(call.Wake);
            while (await call.ReadOrWakeAsync() is { } frame)
            {
                if (frame.Kind is FrameKind.Response)
                {
                    return frame;
                }

                frame.Dispose();
            }

            await GiveUpAsync(call);
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private static async Task<Page> PageAsync(
        IConnection connection,
        Envelope envelope,
        ListKind kind,
        ReadOnlyMemory<byte> cursor,
        CancellationToken cancellationToken
    )
    {
        using var answer = await AskAsync(
            connection,
            envelope,
            kind.Method().ToArray(),
            Parameters(cursor),
            cancellationToken
        );
        if (answer is null)
        {
            throw new InstanceGoneException($"{connection.Instance} was told to stop.");
        }

        // Templates have no capability of their own: a server with resources may not know them.
        return !answer.IsError ? Page.Read(answer[answer.Body], kind)
            : Code(answer) is MethodNotFound ? new([], default, null)
            : throw new ServerUnavailableException(
                $"it refused to list its {Encoding.UTF8.GetString(kind.Member())}"
            );
    }

    private static async Task GiveUpAsync(Call call)
    {
        try
        {
            await call.CancelAsync(notification: null, CancellationToken.None);
        }
        catch (InstanceGoneException)
        {
            // That ended it too.
        }

        foreach (var left in call.Abandon())
        {
            left.Dispose();
        }
    }

    private static byte[] Parameters(ReadOnlyMemory<byte> cursor) =>
        cursor.IsEmpty ? [.. "{}"u8] : [.. "{\"cursor\":"u8, .. cursor.Span, .. "}"u8];

    private static Frame Request(ReadOnlySpan<byte> method, ReadOnlySpan<byte> parameters) =>
        Frame.Parse([
            .. "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\""u8,
            .. method,
            .. "\",\"params\":"u8,
            .. parameters,
            .. "}"u8,
        ]);

    private static int? Code(Frame error) =>
        FrameText.Member(error[error.Body], "code"u8) is { IsEmpty: false } code
        && System.Buffers.Text.Utf8Parser.TryParse(code, out int number, out _)
            ? number
            : null;

    private static long? Shorter(long? one, long? other) =>
        one is { } first && other is { } second ? Math.Min(first, second) : one ?? other;

    // A lifetime of millions of years is no reason to fail.
    private static DateTimeOffset? Later(DateTimeOffset now, long milliseconds) =>
        milliseconds < TimeSpan.FromDays(365).TotalMilliseconds
            ? now.AddMilliseconds(milliseconds)
            : null;
}
