using System.Security.Cryptography;
using System.Text;
using Gantry.Storage;

namespace Gantry.Daemon;

/// <summary>
/// The directory in which one daemon keeps what outlives it, and by which its clients find it.
/// </summary>
internal sealed record StateDirectory(string Path)
{
    private const int KeyLength = 32;

    /// <summary>The admin API's Unix socket.</summary>
    public string Socket => At("admin.sock");

    /// <summary>What a client of the admin API over TCP must show to change anything.</summary>
    public string TokenFile => At("admin.token");

    public string LockFile => At("daemon.lock");

    /// <summary>Which process holds the lock, and where it listens.</summary>
    public string DaemonFile => At("daemon.json");

    /// <summary>Intents and exit histories, one file per server.</summary>
    public string Servers => At("servers");

    /// <summary>The API keys, by their hashes.</summary>
    public string ApiKeys => At("api-keys.json");

    /// <summary>What servers said of themselves and list, one file per server: a cache.</summary>
    public string Lists => At("lists");

    /// <summary>The audit log's files.</summary>
    public string Audit => At("audit");

    /// <summary>Held by whoever starts a daemon that several want.</summary>
    public string StartLockFile => At("start.lock");

    /// <summary>What a daemon in the background says.</summary>
    public string LogFile => At("daemon.log");

    private string KeyFile => At("installation.key");

    /// <summary>
    /// The given directory, or GANTRY_STATE_DIR, or <c>gantry</c> in the user's state directory.
    /// </summary>
    public static StateDirectory Resolve(string? option) =>
        new(
            System.IO.Path.GetFullPath(
                NotEmpty(option)
                    ?? NotEmpty(Environment.GetEnvironmentVariable("GANTRY_STATE_DIR"))
                    ?? System.IO.Path.Combine(UserState(), "gantry")
            )
        );

    /// <summary>Makes the directory, for its owner alone.</summary>
    /// <exception cref="StartRefusedException">It cannot be made, or others could plant files in
    /// it.</exception>
    public void Create()
    {
        try
        {
            if (!Directory.Exists(Path))
            {
                PrivateFile.CreateDirectory(Path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                $"Cannot make the state directory '{Path}': {exception.Message} "
                    + "Name another with --state-dir."
            );
        }

        if (OwnerOnly.CanOthersWrite(Path))
        {
            throw new StartRefusedException(
                $"The state directory '{Path}' can be written by other users, who could take over "
                    + $"the daemon. Run 'chmod 700 {Path}', or name another with --state-dir."
            );
        }
    }

    /// <summary>The key under which spec hashes are made; created on first use.</summary>
    public byte[] InstallationKey()
    {
        if (ExistingKey() is { } key)
        {
            return key;
        }

        var made = RandomNumberGenerator.GetBytes(KeyLength);
        PrivateFile.Write(KeyFile, made);
        return made;
    }

    /// <summary>The installation's key, or null when no daemon ever ran here.</summary>
    public byte[]? ExistingKey() =>
        File.Exists(KeyFile) && File.ReadAllBytes(KeyFile) is { Length: KeyLength } key
            ? key
            : null;

    /// <summary>The admin token; created on first use.</summary>
    public string AdminToken()
    {
        if (File.Exists(TokenFile) && NotEmpty(File.ReadAllText(TokenFile).Trim()) is { } token)
        {
            return token;
        }

        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyLength));
        PrivateFile.Write(TokenFile, Encoding.ASCII.GetBytes(made + "\n"));
        return made;
    }

    private string At(string name) => System.IO.Path.Combine(Path, name);

    private static string UserState() =>
        NotEmpty(Environment.GetEnvironmentVariable("XDG_STATE_HOME"))
        ?? System.IO.Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            ".local",
            "state"
        );

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
