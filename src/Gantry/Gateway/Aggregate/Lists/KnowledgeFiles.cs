using System.Globalization;
using System.Text;
using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>
/// Keeps what is known of servers over a restart, so that those that sleep need not be started to
/// be listed. A cache: whatever cannot be read is fetched again.
/// </summary>
/// <param name="directory">Null to keep nothing.</param>
internal sealed class KnowledgeFiles(string? directory)
{
    private const string Version = "1";
    private const long MaxFileSize = 64 * 1024 * 1024;

    /// <exception cref="IOException">It cannot be read.</exception>
    public Knowledge? Read(ServerName server)
    {
        var file = new FileInfo(Path.Combine(directory ?? "", $"{server}.json"));
        if (directory is null || !file.Exists || file.Length > MaxFileSize)
        {
            return null;
        }

        try
        {
            return Parse(File.ReadAllBytes(file.FullName));
        }
        catch (JsonException)
        {
            // Half a file, or another version's: fetched again.
            return null;
        }
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(ServerName server, Knowledge knowledge)
    {
        if (directory is null)
        {
            return;
        }

        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, $"{server}.json");
        var draft = path + ".new";
        using (var file = Create(draft))
        using (var json = new Utf8JsonWriter(file))
        {
            Write(json, knowledge);
        }

        File.Move(draft, path, overwrite: true);
    }

    /// <exception cref="IOException">It cannot be deleted.</exception>
    public void Delete(ServerName server)
    {
        if (directory is not null)
        {
            File.Delete(Path.Combine(directory, $"{server}.json"));
        }
    }

    // What servers say of themselves is for their operator only.
    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new(path, options);
    }

    private static void Write(Utf8JsonWriter json, Knowledge knowledge)
    {
        json.WriteStartObject();
        json.WriteString("version", Version);
        json.WriteString("hash", knowledge.Hash.Value);
        if (knowledge.Handshake is { } handshake)
        {
            json.WriteString("revision", handshake.Dialect.Revision);
            json.WritePropertyName("handshake");
            json.WriteRawValue(handshake.Result.Span, skipInputValidation: true);
        }

        foreach (var (kind, listing) in knowledge.Lists)
        {
            json.WriteStartObject(kind.ToString());
            if (listing.Until is { } until)
            {
                json.WriteString("until", until);
            }

            json.WriteStartArray("entries");
            foreach (var entry in listing.Entries)
            {
                json.WriteRawValue(entry.Json.Span, skipInputValidation: true);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static Knowledge? Parse(byte[] file)
    {
        if (Text(file, "version"u8) != Version || Text(file, "hash"u8) is not { } hash)
        {
            return null;
        }

        var knowledge = new Knowledge(new SpecHash(hash));
        if (Text(file, "revision"u8) is { } revision && Dialect.Find(revision) is { } dialect)
        {
            var result = FrameText.Member(file, "handshake"u8).ToArray();
            knowledge = knowledge with { Handshake = new(dialect, result) };
        }

        foreach (var kind in ListKinds.All)
        {
            var list = FrameText.Member(file, Encoding.UTF8.GetBytes(kind.ToString()));
            if (!list.IsEmpty)
            {
                var listing = new Listing(
                    Page.ReadEntries(FrameText.Member(list, "entries"u8), kind),
                    Moment(Text(list, "until"u8))
                );
                knowledge = knowledge with { Lists = knowledge.Lists.Add(kind, listing) };
            }
        }

        return knowledge;
    }

    private static string? Text(ReadOnlySpan<byte> json, ReadOnlySpan<byte> member) =>
        FrameText.Text(FrameText.Member(json, member));

    private static DateTimeOffset? Moment(string? text) =>
        DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.RoundtripKind,
            out var moment
        )
            ? moment
            : null;
}
