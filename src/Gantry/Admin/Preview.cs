using Gantry.Admin.Views;
using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Admin;

/// <summary>Says what applying some files would do now, without doing it.</summary>
internal sealed class Preview(Reconciler reconciler, byte[] installationKey)
{
    public PlanView Make(ConfigInputs inputs)
    {
        var config = new ConfigLoader(inputs, installationKey).Load(null);
        return Viewing.Of(reconciler.Preview(config), config);
    }
}
