using System.Collections.Immutable;
using System.Threading.Channels;

namespace Gantry.Config.Loading;

/// <summary>
/// Says that something changed near the configuration; not what. Watches directories, never
/// files: editors and Kubernetes replace files instead of writing to them.
/// </summary>
internal sealed class DirectoryWatches : IDisposable
{
    private readonly Channel<byte> _changes = Channel.CreateBounded<byte>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly List<FileSystemWatcher> _watchers = [];

    private DirectoryWatches() { }

    /// <summary>Why the system refused to watch, if it did; looking again from time to time has
    /// to do then.</summary>
    public string? Refusal { get; private set; }

    public static DirectoryWatches Start(ConfigInputs inputs)
    {
        var watches = new DirectoryWatches();
        foreach (var (directory, filter) in Points(inputs))
        {
            watches.Add(directory, filter);
        }

        return watches;
    }

    /// <summary>Waits for the next change; a change since the last call counts.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) =>
        await _changes.Reader.ReadAsync(cancellationToken);

    public void Dispose()
    {
        foreach (var watcher in _watchers)
        {
            watcher.Dispose();
        }
    }

    /// <summary>The directories to watch, each with the one name that matters in it, or with all
    /// (<c>*</c>).</summary>
    internal static ImmutableHashSet<(string Directory, string Filter)> Points(
        ConfigInputs inputs
    ) =>
        [
            .. inputs
                .Paths.Concat(inputs.EnvFiles)
                .Concat(inputs.SecretsDirectories)
                .Select(path => Path.GetFullPath(path, inputs.BaseDirectory))
                .SelectMany(Points),
        ];

    // A directory's own replacement shows only in its parent; so does that of a link to it. A file
    // may be a link into its own directory, so everything beside it matters.
    private static IEnumerable<(string Directory, string Filter)> Points(string path)
    {
        if (Path.GetDirectoryName(path) is not { } parent || !Directory.Exists(parent))
        {
            return [];
        }

        return Directory.Exists(path)
            ? FileScan
                .Below.Select(name => (Path.Combine(path, name), "*"))
                .Prepend((path, "*"))
                .Prepend((parent, Path.GetFileName(path)))
                .Where(point => Directory.Exists(point.Item1))
            : [(parent, File.Exists(path) ? "*" : Path.GetFileName(path))];
    }

    private void Add(string directory, string filter)
    {
        try
        {
            var watcher = new FileSystemWatcher(directory, filter);
            _watchers.Add(watcher);
            watcher.Changed += (_, _) => Note();
            watcher.Created += (_, _) => Note();
            watcher.Deleted += (_, _) => Note();
            watcher.Renamed += (_, _) => Note();
            watcher.Error += (_, _) => Note();
            watcher.EnableRaisingEvents = true;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            Refusal = exception.Message;
        }
    }

    private void Note() => _changes.Writer.TryWrite(0);
}
