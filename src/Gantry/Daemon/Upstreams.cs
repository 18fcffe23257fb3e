using Gantry.Config;
using Gantry.Runtimes.Remote.Authorization;
using Gantry.Runtimes.Remote.Secrets;

namespace Gantry.Daemon;

/// <summary>How Gantry comes into servers that run elsewhere: the vault, and what uses it.</summary>
internal sealed class Upstreams : IDisposable
{
    private readonly Vault _vault;

    /// <param name="directory">Where the vault is.</param>
    /// <param name="config">The configuration of the moment.</param>
    public Upstreams(
        string directory,
        Func<ConfigSnapshot> config,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        _vault = new(directory, Environment.GetEnvironmentVariable, time);
        Func<ServerName, UpstreamServer?> find = name => Find(config(), name);
        Logins = new(_vault, find, time, loggers.CreateLogger<UpstreamLogins>());
        Credentials = new(
            Logins,
            _vault,
            find,
            // Only a browser that somebody chose: a daemon does not pop up windows by itself.
            Browser.Chosen()
                is { } browser
                ? browser.OpenAsync
                : null,
            time,
            loggers.CreateLogger<OAuthCredentials>()
        );
    }

    public UpstreamLogins Logins { get; }

    public OAuthCredentials Credentials { get; }

    public Task<bool> RotateKeyAsync(CancellationToken cancellationToken) =>
        _vault.RotateAsync(cancellationToken);

    public void Dispose()
    {
        Logins.Dispose();
        _vault.Dispose();
    }

    private static UpstreamServer? Find(ConfigSnapshot config, ServerName name) =>
        config.Servers.GetValueOrDefault(name)?.Spec.Runtime is RemoteSpec remote
            ? new(remote.Url.Value, remote.Auth) { Tls = remote.Tls }
            : null;
}
