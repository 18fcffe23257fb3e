using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Cli.Stdio;

/// <summary>
/// Brings a fresh connection to where the last one was: introduces the client again, repeats what
/// it said that lasts, and asks again what is open.
/// </summary>
internal sealed class Resumption(Outstanding outstanding, Uplink link, FrameOutput frames)
{
    // The client never learns of these, so their answers are told from its own by their ids.
    private const string OwnId = "\"gantry-resumes-{0}\"";

    private static readonly CompositeFormat s_ownId = CompositeFormat.Parse(OwnId);

    private int _lastId;

    /// <returns>False when this connection broke too.</returns>
    /// <exception cref="CommandFailedException">The client cannot go on as it was.</exception>
    public async Task<bool> ResumeAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (outstanding is { Hello: { } hello, IsWelcomed: true })
            {
                if (!await GreetAsync(hello, cancellationToken))
                {
                    return false;
                }

                foreach (var message in outstanding.Lasting())
                {
                    await RepeatAsync(message, cancellationToken);
                }
            }

            foreach (var request in outstanding.Repeatable())
            {
                await link.SendAsync(request, cancellationToken);
            }

            return true;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    private async Task<bool> GreetAsync(byte[] hello, CancellationToken cancellationToken)
    {
        var id = await RepeatAsync(hello, cancellationToken);
        while (await link.ReceiveAsync(cancellationToken) is { } message)
        {
            using var frame = Frame.Parse(message.Span);
            if (frame.Kind is FrameKind.Response && frame[frame.Id].SequenceEqual(id))
            {
                Check(frame);
                await TellChangesAsync(frame, cancellationToken);
                return true;
            }
        }

        return false;
    }

    private void Check(Frame welcome)
    {
        if (welcome.IsError)
        {
            throw new CommandFailedException(
                "The daemon is back, but the server is not to be had: "
                    + (welcome.Param("message"u8) ?? "it did not say why.")
            );
        }

        if (Outstanding.RevisionOf(welcome) != outstanding.Revision)
        {
            throw new CommandFailedException(
                "The server speaks another revision of the protocol than before. Start anew."
            );
        }
    }

    // The server behind it may be another one by now.
    private async Task TellChangesAsync(Frame welcome, CancellationToken cancellationToken)
    {
        var result = welcome.Slice(welcome.Body);
        foreach (var kind in new[] { "tools", "prompts", "resources" })
        {
            if (AnnouncesChanges(result.Span, kind))
            {
                await frames.WriteAsync(
                    Encoding.UTF8.GetBytes(
                        $$"""{"jsonrpc":"2.0","method":"notifications/{{kind}}/list_changed"}"""
                    ),
                    cancellationToken
                );
            }
        }
    }

    private static bool AnnouncesChanges(ReadOnlySpan<byte> result, string kind)
    {
        var capabilities = FrameText.Member(result, "capabilities"u8);
        var capability = FrameText.Member(capabilities, Encoding.UTF8.GetBytes(kind));
        return FrameText.Member(capability, "listChanged"u8).SequenceEqual("true"u8);
    }

    private async Task<byte[]> RepeatAsync(byte[] message, CancellationToken cancellationToken)
    {
        var id = Encoding.UTF8.GetBytes(string.Format(null, s_ownId, ++_lastId));
        var output = new ArrayBufferWriter<byte>();
        using (var frame = Frame.Parse(message))
        {
            FrameWriter.Write(output, frame, id);
        }

        await link.SendAsync(output.WrittenMemory, cancellationToken);
        return id;
    }
}
