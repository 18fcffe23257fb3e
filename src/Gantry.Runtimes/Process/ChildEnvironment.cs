using System.Collections;
using System.Collections.Frozen;
using Gantry.Config;

namespace Gantry.Runtimes.Process;

/// <summary>
/// What a server's environment holds: what its spec declares, and of Gantry's own only what
/// programs need to run and packages to be found. Everything else may be a secret of another.
/// </summary>
internal static class ChildEnvironment
{
    private static readonly FrozenSet<string> s_inherited = new[]
    {
        // Where things are, and in which language.
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "TMPDIR",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        // How to reach the network.
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "NODE_EXTRA_CA_CERTS",
        // Where npx and uvx find and keep packages.
        "NPM_CONFIG_CACHE",
        "NPM_CONFIG_PREFIX",
        "NPM_CONFIG_REGISTRY",
        "NPM_CONFIG_USERCONFIG",
        "UV_CACHE_DIR",
        "UV_DEFAULT_INDEX",
        "UV_INDEX_URL",
        "UV_PYTHON",
        "UV_TOOL_DIR",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static SortedDictionary<string, string> Make(ServerSpec spec)
    {
        var made = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable is { Key: string name, Value: string value } && s_inherited.Contains(name))
            {
                made[name] = value;
            }
        }

        foreach (var (name, value) in spec.Environment)
        {
            made[name] = value.Value;
        }

        return made;
    }

    /// <summary>Gantry's own environment, for Gantry's own processes only.</summary>
    public static IEnumerable<string> Own() =>
        Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Select(variable => $"{variable.Key}={variable.Value}");
}
