using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gantry.Config.Formats;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Variables;

namespace Gantry.Config.Loading;

/// <summary>Everything that was read, before it is weighed against what was there before.</summary>
/// <param name="Diagnostics">What is wrong besides the files themselves.</param>
internal sealed record Reading(
    ImmutableArray<ResolvedFile> Files,
    ImmutableArray<Absence> Absences,
    ImmutableArray<Diagnostic> Diagnostics
);

/// <summary>Makes one snapshot of all that was read. Pure.</summary>
internal sealed class SnapshotMaker(ConfigSnapshot? previous, string baseDirectory, byte[] key)
{
    private readonly List<Diagnostic> _diagnostics = [];

    public ConfigSnapshot Make(Reading reading)
    {
        _diagnostics.AddRange(reading.Diagnostics);
        var servers = MakeServers(reading);
        var snapshot = new ConfigSnapshot("", servers, [])
        {
            Gateway = MakeGateway(reading),
            Disabled = MakeDisabled(reading, servers),
        };
        snapshot = snapshot with
        {
            Groups = new GroupSettlement(previous, snapshot, _diagnostics).Settle(reading),
        };
        snapshot = snapshot with { Diagnostics = Sorted() };
        return snapshot with { Revision = Revise(snapshot) };
    }

    private ImmutableSortedDictionary<ServerName, Desired> MakeServers(Reading reading)
    {
        var claims = new Claims(previous, baseDirectory);
        var made = reading
            .Files.SelectMany(file => claims.Of(file, _diagnostics))
            .Concat(reading.Absences.SelectMany(absence => claims.Of(absence, _diagnostics)))
            .ToList();
        return new Settlement(previous, _diagnostics)
            .Settle(made)
            .ToImmutableSortedDictionary(claim => claim.Name, claim => claim.Desired);
    }

    private GatewaySettings MakeGateway(Reading reading)
    {
        var given = reading
            .Files.Select(file => file.Gateway)
            .OfType<Placed<GatewaySettings>>()
            .ToList();
        foreach (var gateway in given.Skip(1))
        {
            _diagnostics.Add(ServerFaults.GatewayTwice(given[0].Place).At(gateway.Place));
        }

        return KeepReplicas(KeepAuth(given is [var first, ..] ? first : Assumed(reading)));
    }

    // What is written in a file that cannot be read at the moment still holds.
    private Placed<GatewaySettings> Assumed(Reading reading)
    {
        var isUnreadable = reading.Files.Any(file =>
            file.Parsed.Legibility is Legibility.Unreadable
        );
        return new(isUnreadable ? previous?.Gateway ?? new() : new(), new("gateway", 1, 1));
    }

    // A slip of the hand, an unreadable file or a lost mount must not let everybody in.
    private GatewaySettings KeepAuth(Placed<GatewaySettings> given)
    {
        if (previous?.Gateway.Auth is not { } auth || given.Value.Auth is not null)
        {
            return given.Value;
        }

        _diagnostics.Add(AccessFaults.AuthStays.At(given.Place));
        return given.Value with { Auth = auth };
    }

    // Nor must it take this one out of the company of the others.
    private GatewaySettings KeepReplicas(GatewaySettings given) =>
        given.Replicas is { Secrets.IsEmpty: true } && previous?.Gateway.Replicas is { } before
            ? given with
            {
                Replicas = before,
            }
            : given;

    private static ImmutableSortedDictionary<ServerName, Place> MakeDisabled(
        Reading reading,
        ImmutableSortedDictionary<ServerName, Desired> servers
    )
    {
        var disabled = ImmutableSortedDictionary.CreateBuilder<ServerName, Place>();
        foreach (var (name, place) in reading.Files.SelectMany(file => file.Parsed.Disabled))
        {
            if (!servers.ContainsKey(name))
            {
                disabled[name] = place;
            }
        }

        return disabled.ToImmutable();
    }

    private ImmutableArray<Diagnostic> Sorted() =>
        [
            .. _diagnostics
                .Distinct()
                .OrderBy(diagnostic => diagnostic.Place.File, StringComparer.Ordinal)
                .ThenBy(diagnostic => diagnostic.Place.Line)
                .ThenBy(diagnostic => diagnostic.Place.Column)
                .ThenBy(diagnostic => diagnostic.Code, StringComparer.Ordinal)
                .ThenBy(diagnostic => diagnostic.Problem, StringComparer.Ordinal),
        ];

    // A spec prints itself with all that its hash leaves out, and without any value of a variable;
    // the values are in the hash, which is keyed.
    private string Revise(ConfigSnapshot snapshot)
    {
        var text = new StringBuilder();
        text.Append(snapshot.Gateway.Fingerprint).Append('\n');
        foreach (var (_, desired) in snapshot.Servers)
        {
            text.Append(desired.Hash.Value).Append(' ').Append(desired.Spec).Append('\n');
        }

        text.AppendJoin('\n', snapshot.Groups.Values).Append('\n');
        text.AppendJoin('\n', snapshot.Disabled).Append('\n');
        text.AppendJoin('\n', snapshot.Diagnostics);
        var hash = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text.ToString()));
        return Convert.ToHexStringLower(hash)[..12];
    }
}
