using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The <c>mcps</c> of the orchestrator proxy's <c>config/registry.json</c>: servers that
/// start with their first call.</summary>
internal static class RegistryFormat
{
    private const string Key = "mcps";

    public static bool Recognises(Node.Mapping root) => root.Has(Key);

    public static void Read(Node.Mapping root, Findings findings) =>
        new ForeignEntry(findings, ForeignKeys.Registry) { Complete = Complete }.ReadAll(
            root.Find(Key),
            Key,
            findings.Report(isForeign: true)
        );

    private static Draft Complete(Draft draft, Fields fields, Report report)
    {
        WarnOfInstances(fields, report);
        return draft with
        {
            Spec = draft.Spec with
            {
                Start = StartMode.OnDemand,
                StartupTimeout = fields.Get(OwnKeys.StartupTimeout, draft.Spec.StartupTimeout),
            },
        };
    }

    // The format cannot say whether a server keeps state, so it gets one instance.
    private static void WarnOfInstances(Fields fields, Report report)
    {
        if (fields.Get(ForeignKeys.Resources, null) is not { } resources)
        {
            return;
        }

        var limits = new Fields(resources, ForeignKeys.RegistryResources, report);
        if (limits.Get(ForeignKeys.MaxInstances, default).Max is > 1 and var max)
        {
            report.Add(
                limits.PlaceOf(ForeignKeys.MaxInstances),
                ServerFaults.SharedButMany(max, isForeign: true)
            );
        }
    }
}
