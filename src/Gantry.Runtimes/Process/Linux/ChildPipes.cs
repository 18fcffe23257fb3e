using System.ComponentModel;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>The three pipes between the daemon and one child.</summary>
/// <param name="Its">The child's ends: standard input, output and error. Whoever starts it closes
/// them here.</param>
internal sealed record ChildPipes(int[] Its, Stream Input, ChildOutput Output, Stream Error)
{
    /// <exception cref="StartFailedException">There are too many open files.</exception>
    public static ChildPipes Open()
    {
        var opened = new List<(int Read, int Write)>(3);
        SafeFileHandle cancelled;
        try
        {
            while (opened.Count < 3)
            {
                opened.Add(Native.Pipe());
            }

            cancelled = Native.NewEvent();
        }
        catch (Win32Exception exception)
        {
            opened.ForEach(Close);
            throw new StartFailedException(
                $"Cannot make a pipe to it: {exception.Message}. Allow Gantry more open files "
                    + "(ulimit -n), or run fewer servers."
            );
        }

        var (input, output, error) = (opened[0], opened[1], opened[2]);
        return new(
            [input.Read, output.Write, error.Write],
            Stream(PipeDirection.Out, input.Write),
            new(Handle(output.Read), cancelled),
            Stream(PipeDirection.In, error.Read)
        );
    }

    private static void Close((int Read, int Write) pipe)
    {
        Native.Close(pipe.Read);
        Native.Close(pipe.Write);
    }

    private static AnonymousPipeClientStream Stream(PipeDirection direction, int descriptor) =>
        new(direction, Handle(descriptor));

    private static SafePipeHandle Handle(int descriptor) => new(descriptor, ownsHandle: true);
}
