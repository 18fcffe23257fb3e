using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Gantry.Gateway.Sessions;

/// <summary>Shows what is read, signs of life apart.</summary>
internal sealed class ShownReader(
    ChannelReader<ReadOnlyMemory<byte>> messages,
    Action<ReadOnlyMemory<byte>> show
) : ChannelReader<ReadOnlyMemory<byte>>
{
    public override Task Completion => messages.Completion;

    public override bool CanCount => messages.CanCount;

    public override bool CanPeek => messages.CanPeek;

    public override int Count => messages.Count;

    public override bool TryPeek([MaybeNullWhen(false)] out ReadOnlyMemory<byte> item) =>
        messages.TryPeek(out item);

    public override bool TryRead([MaybeNullWhen(false)] out ReadOnlyMemory<byte> item)
    {
        if (!messages.TryRead(out item))
        {
            return false;
        }

        if (!item.IsEmpty)
        {
            show(item);
        }

        return true;
    }

    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) =>
        messages.WaitToReadAsync(cancellationToken);
}
