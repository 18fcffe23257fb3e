using System.Globalization;
using Gantry.Daemon;
using Gantry.Storage;

namespace Gantry.Audit;

/// <summary>
/// The files of the audit log: one that is appended to, and older ones that it becomes when it is
/// long. Only their owner may read them. One writer at a time.
/// </summary>
internal sealed class AuditFiles(string directory, TimeProvider time) : IDisposable
{
    private const string Name = "audit";
    private const string Extension = ".jsonl";

    private FileStream? _current;

    /// <summary>At which length, in bytes, the current file becomes an older one.</summary>
    public long MaxLength { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many older ones are kept.</summary>
    public int Kept { get; init; } = 10;

    public string Current => Path.Combine(directory, Name + Extension);

    /// <exception cref="IOException">The disk does not take it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its directory is not ours.</exception>
    public async Task AppendAsync(ReadOnlyMemory<byte> lines)
    {
        if (lines.IsEmpty)
        {
            return;
        }

        _current ??= Open();
        if (_current.Length > 0 && _current.Length + lines.Length > MaxLength)
        {
            Rotate();
        }

        await AppendAsync(_current, lines);
    }

    public void Dispose() => _current?.Dispose();

    // Half a line, written before the disk was full, would spoil the next one.
    private static async Task AppendAsync(FileStream file, ReadOnlyMemory<byte> lines)
    {
        var length = file.Length;
        try
        {
            await file.WriteAsync(lines);
            await file.FlushAsync();
        }
        catch (IOException)
        {
            file.SetLength(length);
            file.Seek(0, SeekOrigin.End);
            throw;
        }
    }

    private FileStream Open()
    {
        if (!Directory.Exists(directory))
        {
            PrivateFile.CreateDirectory(directory);
        }

        var file = PrivateFile.Open(Current, FileMode.OpenOrCreate, FileShare.Read);
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    private void Rotate()
    {
        _current?.Dispose();
        _current = null;
        var stamp = time.GetUtcNow()
            .ToString("yyyyMMdd'T'HHmmss'.'fff", CultureInfo.InvariantCulture);
        File.Move(Current, Path.Combine(directory, $"{Name}-{stamp}{Extension}"), overwrite: true);
        foreach (var old in Older().SkipLast(Kept))
        {
            File.Delete(old);
        }

        _current = Open();
    }

    private IEnumerable<string> Older() =>
        Directory.EnumerateFiles(directory, $"{Name}-*{Extension}").Order(StringComparer.Ordinal);
}
