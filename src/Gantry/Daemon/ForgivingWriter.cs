using System.Text;

namespace Gantry.Daemon;

/// <summary>
/// Writes what can be written. A full disk or a terminal that is gone must not take a daemon and
/// its servers along.
/// </summary>
internal sealed class ForgivingWriter(TextWriter output) : TextWriter
{
    public override Encoding Encoding => output.Encoding;

    public override void Write(char value) =>
        Try(value, static (output, value) => output.Write(value));

    public override void Write(string? value) =>
        Try(value, static (output, value) => output.Write(value));

    public override void WriteLine(string? value) =>
        Try(value, static (output, value) => output.WriteLine(value));

    private void Try<T>(T value, Action<TextWriter, T> write)
    {
        try
        {
            write(output, value);
        }
        catch (IOException)
        {
            // There is nobody left to tell.
        }
    }
}
