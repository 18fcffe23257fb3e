using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Gateway.Routing;

/// <summary>Where to note that a server is wanted; null when the configuration has no such
/// server.</summary>
public delegate DemandMeter? DemandOf(ServerName server);
