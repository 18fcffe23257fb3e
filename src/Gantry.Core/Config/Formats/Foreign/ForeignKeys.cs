using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The keys that the files of other programs have.</summary>
internal static class ForeignKeys
{
    public static readonly Key<Placed<string>?> Kind = new("type", Shapes.Text, "");
    public static readonly Key<bool> Disabled = new("disabled", Shapes.Flag, "");
    public static readonly Key<Placed<string>?> EnvFile = new("envFile", Shapes.Text, "");

    /// <summary>An entry of <c>mcpServers</c>; what only tells a client how to ask its user is not
    /// ours.</summary>
    public static readonly KeyTable McpServers = new(
        Kind,
        OwnKeys.Command,
        OwnKeys.Arguments,
        OwnKeys.Environment,
        EnvFile,
        OwnKeys.Directory,
        Disabled,
        OwnKeys.Enabled,
        OwnKeys.Describe,
        Key.NotOurs("autoApprove"),
        Key.NotOurs("alwaysAllow"),
        Key.NotOurs("tools"),
        RemoteKeys.Url,
        RemoteKeys.Headers,
        Key.NotOurs("oauth")
    );

    /// <summary>An entry of <c>servers</c> in VS Code's file.</summary>
    public static readonly KeyTable VsCode = McpServers.With(
        Key.Idle("sandboxEnabled", ""),
        Key.Idle("sandbox", ""),
        Key.NotOurs("dev"),
        Key.NotOurs("gallery"),
        Key.NotOurs("version")
    );

    public static readonly KeyTable Executor = new(
        OwnKeys.Name,
        OwnKeys.Enabled,
        OwnKeys.Describe,
        OwnKeys.Command,
        OwnKeys.Arguments,
        OwnKeys.Environment,
        OwnKeys.Port,
        Kind,
        Key.NotOurs("metadata"),
        RemoteKeys.Url,
        RemoteKeys.Headers
    );

    public static readonly Key<Node.Mapping?> Resources = new(
        "resources",
        new BlockShape(new KeyTable()),
        ""
    );

    /// <summary>An entry of <c>mcps</c>; keywords, categories and tools serve a search that
    /// does not exist yet.</summary>
    public static readonly KeyTable Registry = new(
        OwnKeys.Describe,
        OwnKeys.Enabled,
        Disabled,
        OwnKeys.Command,
        OwnKeys.Arguments,
        OwnKeys.Environment,
        OwnKeys.Directory,
        OwnKeys.StartupTimeout,
        Resources,
        Key.Idle("health_check", ""),
        Key.Idle("keywords", ""),
        Key.Idle("categories", ""),
        Key.Idle("tools", "")
    );

    public static readonly Key<Wanted> MaxInstances = new("max_instances", Shapes.Instances, "");

    public static readonly KeyTable RegistryResources = new(
        MaxInstances,
        Key.Idle("max_memory", ""),
        Key.Idle("max_cpu", "")
    );
}
