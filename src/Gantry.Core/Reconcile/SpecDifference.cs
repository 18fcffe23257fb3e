using System.Collections.Immutable;
using Gantry.Config;

namespace Gantry.Reconcile;

/// <summary>What differs between two specs of one server, by the names of fields, never values.</summary>
// Not the records' own equality: that compares collections by reference. Where a server is defined
// and how it is described do not matter to its loop.
internal static class SpecDifference
{
    public static ImmutableArray<string> Between(ServerSpec one, ServerSpec other)
    {
        (string Name, bool Same)[] fields =
        [
            .. OfRuntime(one.Runtime, other.Runtime),
            ("environment", Same(one.Environment, other.Environment)),
            ("start", one.Start == other.Start),
            ("isolation", one.Isolation == other.Isolation),
            ("replacement", one.Replacement == other.Replacement),
            ("instances", one.Instances == other.Instances),
            ("stateless", one.Stateless == other.Stateless),
            ("startup timeout", one.StartupTimeout == other.StartupTimeout),
            ("idle timeout", one.IdleTimeout == other.IdleTimeout),
            ("drain timeout", one.DrainTimeout == other.DrainTimeout),
            ("stop grace", one.StopGrace == other.StopGrace),
            ("port", one.Port == other.Port),
        ];
        return [.. fields.Where(field => !field.Same).Select(field => field.Name)];
    }

    /// <summary>Whether a loop may sleep on when one takes the place of the other.</summary>
    public static bool IsNone(Desired one, Desired other) =>
        one.Hash == other.Hash && Between(one.Spec, other.Spec).IsEmpty;

    public static string Describe(ImmutableArray<string> fields) =>
        fields switch
        {
            [] => "definition changed",
            [var only] => $"{only} changed",
            [.. var firsts, var last] => $"{string.Join(", ", firsts)} and {last} changed",
        };

    private static (string Name, bool Same)[] OfRuntime(RuntimeSpec one, RuntimeSpec other) =>
        (one, other) switch
        {
            (ProcessSpec process, ProcessSpec next) =>
            [
                ("command", process.Command.Value == next.Command.Value),
                ("arguments", Same(process.Arguments, next.Arguments)),
                ("directory", process.Directory == next.Directory),
            ],
            (RemoteSpec remote, RemoteSpec next) => OfRemote(remote, next),
            _ => [("runtime", false)],
        };

    private static (string Name, bool Same)[] OfRemote(RemoteSpec one, RemoteSpec other) =>
        [
            ("url", one.Url.Value == other.Url.Value),
            ("transport", one.Transport == other.Transport),
            ("headers", Same(one.Headers, other.Headers)),
            ("tls", one.Tls == other.Tls),
            ("connect timeout", one.ConnectTimeout == other.ConnectTimeout),
            ("request timeout", one.RequestTimeout == other.RequestTimeout),
            ("auth", (one.Auth?.Parts() ?? []).SequenceEqual(other.Auth?.Parts() ?? [])),
            ("forwarded authorization", one.ForwardAuthorization == other.ForwardAuthorization),
        ];

    private static bool Same(ImmutableArray<Expandable> one, ImmutableArray<Expandable> other) =>
        one.Select(text => text.Value).SequenceEqual(other.Select(text => text.Value));

    private static bool Same(
        ImmutableSortedDictionary<string, Expandable> one,
        ImmutableSortedDictionary<string, Expandable> other
    ) =>
        one.Select(entry => (entry.Key, entry.Value.Value))
            .SequenceEqual(other.Select(entry => (entry.Key, entry.Value.Value)));
}
