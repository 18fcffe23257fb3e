namespace Gantry.TestServer.Stdio;

/// <summary>Writes down every line, for a test to read what really crossed the pipe.</summary>
// One file for each process: .NET's append is not atomic between processes.
internal sealed class Recorder : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _lock = new();

    private Recorder(FileStream file) => _file = file;

    public static Recorder? Open(string? path) =>
        path is null
            ? null
            : new(
                new FileStream(
                    $"{path}.{Environment.ProcessId}",
                    FileMode.Create,
                    FileAccess.Write,
                    FileShare.ReadWrite
                )
            );

    public void Received(ReadOnlySpan<byte> line) => Write("> "u8, line);

    public void Sent(ReadOnlySpan<byte> line) => Write("< "u8, line);

    public void Dispose() => _file.Dispose();

    private void Write(ReadOnlySpan<byte> direction, ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            _file.Write(direction);
            _file.Write(line);
            _file.WriteByte((byte)'\n');
            _file.Flush();
        }
    }
}
