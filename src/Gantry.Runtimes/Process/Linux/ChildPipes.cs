using System.ComponentModel;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>The three pipes between the daemon and one child.</summary>
/// <param name="Its">The child's ends: standard input, output and error. Whoever starts it closes
/// them here.</param>
internal sealed record ChildPipes(int[] Its, Stream Input, PipeStream Output, Stream Error)
{
    // Of 64 KiB at first; and what all pipes of a user may hold is limited too (pipe(7)), so only
    // those that need it are given more.
    private const int WideBytes = 512 * 1024;

    /// <exception cref="StartFailedException">There are too many open files.</exception>
    public static ChildPipes Open()
    {
        var opened = new List<(int Read, int Write)>(3);
        try
        {
            while (opened.Count < 3)
            {
                opened.Add(Native.Pipe());
            }
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
            Stream(PipeDirection.In, output.Read),
            Stream(PipeDirection.In, error.Read)
        );
    }

    /// <summary>Lets the child write more at a time than pipes hold otherwise. Where the system
    /// refuses, nothing changes.</summary>
    public void WidenOutput() => Native.SetPipeSize(Output.SafePipeHandle, WideBytes);

    private static void Close((int Read, int Write) pipe)
    {
        Native.Close(pipe.Read);
        Native.Close(pipe.Write);
    }

    private static AnonymousPipeClientStream Stream(PipeDirection direction, int descriptor) =>
        new(direction, new SafePipeHandle(descriptor, ownsHandle: true));
}
