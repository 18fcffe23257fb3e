using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>Reads one server of Gantry's own format.</summary>
internal sealed class OwnServer(Findings findings, Report report)
{
    /// <summary>How many sessions may have an instance of their own at a time, unless said.</summary>
    public const int DefaultSessionInstances = 16;

    private static readonly Key[] s_processOnly =
    [
        OwnKeys.Command,
        OwnKeys.Package,
        OwnKeys.Arguments,
        OwnKeys.Environment,
        OwnKeys.EnvFile,
        OwnKeys.Directory,
    ];

    /// <param name="mayRun">False when the file around it forbids.</param>
    public void Read(Placed<ServerName> name, Node.Mapping mapping, KeyTable table, bool mayRun)
    {
        var fields = new Fields(mapping, table, report);
        var mayRunItself = fields.Has(OwnKeys.Runtime) || mayRun;
        var kind = fields.Get(OwnKeys.Runtime, null);
        var isKnown = kind is not null || !fields.Has(OwnKeys.Runtime);
        var enabled = fields.Get(OwnKeys.Enabled, true);
        var means = fields.NeedsLaterVersion || !isKnown ? null : ReadMeans(fields, kind);
        var draft = means is null ? null : Make(name, fields, means);
        if (!enabled)
        {
            findings.AddDisabled(name.Value, name.Place);
        }
        else if (draft is null || report.HasErrors || !mayRunItself)
        {
            findings.AddBroken(name.Value);
        }
        else
        {
            findings.Add(draft);
        }
    }

    private Draft Make(Placed<ServerName> name, Fields fields, Means means)
    {
        var port = fields.Get(OwnKeys.Port, null);
        var spec = new ServerSpec(name.Value, Launches.AsWritten(means), name.Place);
        spec = WithTimeouts(spec, fields) with
        {
            Description = fields.Get(OwnKeys.Describe, null)?.Value,
            Start = fields.Get(OwnKeys.Start, spec.Start),
            Isolation = fields.Get(OwnKeys.Isolated, spec.Isolation),
            Stateless = fields.Get(OwnKeys.Stateless, spec.Stateless),
            Flow = new FlowReader(report).Read(fields),
            Tools = OwnKeys.Tools.Read(fields, report).Parse(),
            Port = port?.Value,
            Tenant = ReadTenant(fields),
        };
        spec = spec with
        {
            Replacement = fields.Get(OwnKeys.Replaced, null) ?? Defaults.Replacement(spec),
            Instances = ReadInstances(spec, fields),
        };
        return new(spec, means, port?.Place ?? name.Place);
    }

    private string? ReadTenant(Fields fields)
    {
        if (fields.Get(OwnKeys.Tenant, null) is not { } tenant)
        {
            return null;
        }

        if (!Access.TenantName.IsValid(tenant.Value))
        {
            report.Add(tenant.Place, AccessFaults.BadTenant(tenant.Value));
        }

        return tenant.Value;
    }

    private static ServerSpec WithTimeouts(ServerSpec spec, Fields fields) =>
        spec with
        {
            StartupTimeout = fields.Get(OwnKeys.StartupTimeout, spec.StartupTimeout),
            IdleTimeout = fields.Get(OwnKeys.IdleTimeout, spec.IdleTimeout),
            DrainTimeout = fields.Get(OwnKeys.DrainTimeout, spec.DrainTimeout),
            StopGrace = fields.Get(OwnKeys.StopTimeout, spec.StopGrace),
        };

    // A bare number is how many an eager server keeps, and for all others how many there may be.
    private InstanceRange ReadInstances(ServerSpec spec, Fields fields)
    {
        var wanted = fields.Get(OwnKeys.Instances, default);
        var isShared = spec.Isolation is Isolation.Shared;
        var keepsAll = isShared && spec.Start is StartMode.Eager;
        var min = wanted.IsExact && !keepsAll ? 0 : wanted.Min ?? 0;
        var max = wanted.Max ?? Math.Max(min, isShared ? 1 : DefaultSessionInstances);
        if (isShared && max > 1 && !spec.Stateless)
        {
            var place = fields.PlaceOf(OwnKeys.Instances);
            report.Add(place, ServerFaults.SharedButMany(max, isForeign: false));
        }

        return new(min, max);
    }

    private Means? ReadMeans(Fields fields, RuntimeKind? kind)
    {
        if (fields.Get(RemoteKeys.Url, null) is { } url)
        {
            if (kind is RuntimeKind.Process)
            {
                report.Add(fields.PlaceOf(OwnKeys.Runtime), RemoteFaults.NotAProcess);
            }

            return ReadReach(fields, url);
        }

        if (kind is RuntimeKind.Remote && !fields.Has(RemoteKeys.Url))
        {
            report.Add(fields.Place, RemoteFaults.NoUrl);
            return null;
        }

        foreach (var key in RemoteKeys.Besides.Where(fields.Has))
        {
            report.Add(fields.PlaceOf(key), RemoteFaults.NeedsUrl(key.Name));
        }

        return ReadLaunch(fields);
    }

    private Reach ReadReach(Fields fields, Placed<string> url)
    {
        foreach (var key in s_processOnly.Where(fields.Has))
        {
            report.Add(fields.PlaceOf(key), RemoteFaults.OnlyForProcesses(key.Name));
        }

        var transport = fields.Get(RemoteKeys.Transport, null) ?? RemoteTransport.Auto;
        return new ReachReader(report, findings.Source.Directory, Words.None).Read(
            url,
            transport,
            fields
        );
    }

    private Launch? ReadLaunch(Fields fields)
    {
        if (fields.Has(OwnKeys.Command) && fields.Has(OwnKeys.Package))
        {
            report.Add(fields.PlaceOf(OwnKeys.Package), KeyFaults.Exclusive("command", "package"));
        }

        return (ReadPackage(fields) ?? ReadCommand(fields)) is var (command, before)
            ? new(
                command,
                [.. before, .. fields.Get(OwnKeys.Arguments, [])],
                findings.Source.Directory,
                Words.None
            )
            {
                Environment = fields.Get(OwnKeys.Environment, []),
                Directory = fields.Get(OwnKeys.Directory, null),
                EnvFile = fields.Get(OwnKeys.EnvFile, null),
            }
            : null;
    }

    private (Placed<string> Command, ImmutableArray<Placed<string>> Before)? ReadCommand(
        Fields fields
    )
    {
        if (fields.Get(OwnKeys.Command, null) is { Value.Length: > 0 } command)
        {
            return (command, []);
        }

        if (!fields.Has(OwnKeys.Package))
        {
            report.Add(
                fields.Place,
                Launches.NoCommand("command: PROGRAM, package: npm:NAME@VERSION, or url: ADDRESS")
            );
        }

        return null;
    }

    private (Placed<string> Command, ImmutableArray<Placed<string>> Before)? ReadPackage(
        Fields fields
    )
    {
        if (fields.Get(OwnKeys.Package, null) is not { } written)
        {
            return null;
        }

        if (PackageReference.Parse(written.Value) is not { } package)
        {
            report.Add(written.Place, PackageReference.Judge(written.Value));
            return null;
        }

        var before = package.Arguments.Select(text => new Placed<string>(text, written.Place));
        return (new(package.Command, written.Place), [.. before]);
    }
}
