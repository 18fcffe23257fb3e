using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>Reads one server of another program's file: command, arguments, environment, and
/// whatever the format adds.</summary>
internal sealed class ForeignEntry(Findings findings, KeyTable table)
{
    public Words Words { get; init; } = Words.None;

    public string DefaultDirectory { get; init; } = findings.Source.Directory;

    /// <summary>Adds what is particular to the format.</summary>
    public Func<Draft, Fields, Report, Draft> Complete { get; init; } = (draft, _, _) => draft;

    /// <summary>Reads every entry of a mapping of servers.</summary>
    public void ReadAll(Node? servers, string key, Report report)
    {
        if (servers is not Node.Mapping mapping)
        {
            report.Add(
                (servers ?? Nothing).Place,
                KeyFaults.WrongType(key, "a mapping of servers")
            );
            return;
        }

        var seen = new Dictionary<string, Place>(StringComparer.Ordinal);
        foreach (var entry in mapping.Entries)
        {
            ReadOne(entry, seen, report);
        }
    }

    public void Read(Placed<ServerName> name, Node.Mapping mapping, Report report)
    {
        var fields = new Fields(mapping, table, report);
        if (!fields.Get(OwnKeys.Enabled, true) || fields.Get(ForeignKeys.Disabled, false))
        {
            findings.AddDisabled(name.Value, name.Place);
        }
        else if (IsKnown(fields, report))
        {
            Add(name.Value, Make(name, fields, report), report);
        }
    }

    private Node Nothing => new Node.Sequence(new(findings.Source.Shown, 1, 1), []);

    private void ReadOne(Entry entry, Dictionary<string, Place> seen, Report report)
    {
        if (Names.ReadForeign(entry.Key, report) is not { } name)
        {
            return;
        }

        var itsReport = report.For(name.Value);
        if (!seen.TryAdd(entry.Key.Text, name.Place))
        {
            itsReport.Add(name.Place, KeyFaults.DuplicateKey(entry.Key.Text, seen[entry.Key.Text]));
            findings.AddBroken(name.Value);
        }
        else if (entry.Value is Node.Mapping mapping)
        {
            Read(name, mapping, itsReport);
        }
        else
        {
            itsReport.Add(entry.Value.Place, KeyFaults.WrongType(entry.Key.Text, "a mapping"));
            findings.AddBroken(name.Value);
        }
    }

    private void Add(ServerName name, Draft? draft, Report report)
    {
        if (draft is null || report.HasErrors)
        {
            findings.AddBroken(name);
        }
        else
        {
            findings.Add(draft);
        }
    }

    private static bool IsKnown(Fields fields, Report report)
    {
        if (fields.NeedsLaterVersion)
        {
            return false;
        }

        if (
            fields.Get(ForeignKeys.Kind, null) is not { } kind
            || IsLocal(kind.Value)
            || TransportOf(kind.Value) is not null
        )
        {
            return true;
        }

        report.Add(
            kind.Place,
            KeyFaults.Later(
                $"reach servers of type '{kind.Value}'",
                "Say http, sse, ws or stdio if it is one of these.",
                isForeign: true
            )
        );
        return false;
    }

    private static bool IsLocal(string kind) => kind is "stdio" or "local";

    // What editors call http tries the older transport too.
    private static RemoteTransport? TransportOf(string kind) =>
        kind.ToLowerInvariant() switch
        {
            "http" or "remote" => RemoteTransport.Auto,
            "streamable-http" or "streamablehttp" or "streamable_http" =>
                RemoteTransport.StreamableHttp,
            "sse" => RemoteTransport.Sse,
            "ws" or "websocket" => RemoteTransport.WebSocket,
            _ => null,
        };

    private Draft? Make(Placed<ServerName> name, Fields fields, Report report)
    {
        if (ReadMeans(fields, report) is not { } means)
        {
            return null;
        }

        var spec = new ServerSpec(name.Value, Launches.AsWritten(means), name.Place)
        {
            Description = fields.Get(OwnKeys.Describe, null)?.Value,
        };
        spec = spec with { Replacement = Defaults.Replacement(spec) };
        return Complete(new(spec, means, name.Place), fields, report);
    }

    private Means? ReadMeans(Fields fields, Report report)
    {
        if (fields.Get(RemoteKeys.Url, null) is { Value.Length: > 0 } url)
        {
            if (fields.Has(OwnKeys.Command))
            {
                report.Add(url.Place, KeyFaults.Exclusive("command", "url"));
            }

            var kind = fields.Get(ForeignKeys.Kind, null)?.Value ?? "";
            return new ReachReader(report, DefaultDirectory, Words).Read(
                url,
                TransportOf(kind) ?? RemoteTransport.Auto,
                fields
            );
        }

        if (fields.Get(OwnKeys.Command, null) is not { Value.Length: > 0 } command)
        {
            report.Add(fields.Place, Launches.NoCommand("\"command\" or \"url\""));
            return null;
        }

        return new Launch(command, fields.Get(OwnKeys.Arguments, []), DefaultDirectory, Words)
        {
            Environment = fields.Get(OwnKeys.Environment, []),
            Directory = fields.Get(OwnKeys.Directory, null),
            EnvFile = fields.Get(ForeignKeys.EnvFile, null),
        };
    }
}
