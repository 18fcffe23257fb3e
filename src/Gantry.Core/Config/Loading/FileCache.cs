using System.Text;

namespace Gantry.Config.Loading;

/// <summary>What was made of files, as long as they do not change.</summary>
internal sealed class FileCache<T>(int maxFileSize)
{
    /// <summary>
    /// A file that was written this shortly before it was read cannot be told by its fingerprint: the
    /// next version may be as long and, by the clock of the file system, as old.
    /// </summary>
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(2);

    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, Entry> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>What <paramref name="parse"/> makes of the file's text, or made of it before; what
    /// <paramref name="fail"/> makes of the reason when it cannot be read.</summary>
    public T Read(string path, Func<string, T> parse, Func<string, T> fail)
    {
        try
        {
            // Looked at before it is read: what is written in between is then read again.
            return Fingerprint.Of(path) is { } fingerprint
                ? Read(path, fingerprint, parse, fail)
                : fail("there is no such file.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return fail(exception.Message);
        }
        catch (DecoderFallbackException)
        {
            return fail("it is not UTF-8 text.");
        }
    }

    /// <summary>Forgets what nobody read since the last time.</summary>
    public void Forget()
    {
        Keep(_read);
        _read.Clear();
    }

    /// <summary>Forgets all other files.</summary>
    public void Keep(IReadOnlySet<string> paths)
    {
        foreach (var path in _known.Keys.Where(path => !paths.Contains(path)).ToList())
        {
            _known.Remove(path);
        }
    }

    private T Read(
        string path,
        Fingerprint fingerprint,
        Func<string, T> parse,
        Func<string, T> fail
    )
    {
        _read.Add(path);
        var known = _known.GetValueOrDefault(path);
        if (known is { IsSettled: true } && known.Fingerprint == fingerprint)
        {
            return known.Value;
        }

        if (fingerprint.Length > maxFileSize)
        {
            return fail($"it is larger than {maxFileSize} bytes.");
        }

        // Pipes and devices have no length, and to open one may wait for ever.
        var text = fingerprint.Length == 0 ? "" : s_strict.GetString(File.ReadAllBytes(path));
        var value = known?.Text == text ? known.Value : parse(text);
        _known[path] = new(fingerprint, IsSettled(fingerprint) ? null : text, value);
        return value;
    }

    private static bool IsSettled(Fingerprint fingerprint) =>
        fingerprint.Modified < TimeProvider.System.GetUtcNow().UtcDateTime - s_settled;

    /// <param name="Text">What it was made of, while the fingerprint cannot tell.</param>
    private sealed record Entry(Fingerprint Fingerprint, string? Text, T Value)
    {
        public bool IsSettled => Text is null;
    }
}
