using System.Collections.Immutable;
using Gantry.Storage;
using Gantry.Tracing;

namespace Gantry.Cli.Tracing;

/// <summary>What was traced and kept in a file.</summary>
internal sealed record Recording(string Server, ImmutableArray<TraceEntry> Entries)
{
    /// <summary>Opens a new file, which only its owner can read: what passes is private even
    /// without its secrets.</summary>
    /// <exception cref="CommandFailedException">It cannot be written, or exists.</exception>
    public static StreamWriter Create(string file)
    {
        try
        {
            return new(PrivateFile.Open(file, FileMode.CreateNew)) { AutoFlush = true };
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandFailedException(
                File.Exists(file)
                    ? $"{file} exists already. Name another file, or remove it first."
                    : $"Cannot write {file}: {exception.Message}"
            );
        }
    }

    /// <exception cref="CommandFailedException">It is not a recording that this Gantry can read.
    /// </exception>
    public static Recording Read(string file)
    {
        using var lines = Open(file).GetEnumerator();
        var number = 0;
        var entries = ImmutableArray.CreateBuilder<TraceEntry>();
        var server = "";
        while (Next(file, lines))
        {
            number++;
            try
            {
                if (number == 1)
                {
                    server = ReadHeader(lines.Current);
                }
                else if (lines.Current.Length > 0)
                {
                    entries.Add(TraceEntry.Parse(lines.Current));
                }
            }
            catch (FormatException exception)
            {
                throw new CommandFailedException($"{file}:{number}: {exception.Message}");
            }
        }

        return number > 0
            ? new(server, entries.ToImmutable())
            : throw new CommandFailedException($"{file} is empty.");
    }

    private static IEnumerable<string> Open(string file) =>
        File.Exists(file)
            ? File.ReadLines(file)
            : throw new CommandFailedException($"There is no file {file}.", ExitCode.Usage);

    private static bool Next(string file, IEnumerator<string> lines)
    {
        try
        {
            return lines.MoveNext();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"Cannot read {file}: {exception.Message}");
        }
    }

    private static string ReadHeader(string line)
    {
        var header = TraceEntry.ParseObject(line);
        if (
            !header.TryGetProperty("kind", out var kind)
            || !kind.ValueEquals("gantry-trace")
            || !header.TryGetProperty("version", out var version)
            || !version.TryGetInt32(out var number)
        )
        {
            throw new FormatException(
                "It does not begin as a recording does. Make one with 'gantry trace SERVER "
                    + "--record FILE'."
            );
        }

        return number <= TraceText.Version
            ? header.GetProperty("server").GetString() ?? ""
            : throw new FormatException(
                $"It has version {number}, and this Gantry reads up to {TraceText.Version}. Use "
                    + "the Gantry that made it, or a later one."
            );
    }
}
