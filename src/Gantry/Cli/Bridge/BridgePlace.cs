using System.Text;
using Gantry.Config;
using Gantry.Daemon;
using Gantry.Storage;

namespace Gantry.Cli.Bridge;

/// <summary>A directory for the configuration of one bridge, gone with it.</summary>
internal sealed class BridgePlace : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gantry-bridge-");

    public StateDirectory State => new(At("state"));

    /// <summary>Writes down what is ordered, secrets apart.</summary>
    /// <exception cref="CommandFailedException">It cannot be done so.</exception>
    public ConfigInputs Write(BridgeOrder order, int? port)
    {
        PrivateFile.Write(At("gantry.json"), order.ToConfig(port));
        var secrets = At("secrets");
        PrivateFile.CreateDirectory(secrets);
        if (order.Server is Bridged.Remote remote)
        {
            for (var index = 0; index < remote.Headers.Count; index++)
            {
                var file = Path.Combine(secrets, Bridged.Remote.Secret(index));
                PrivateFile.Write(file, Encoding.UTF8.GetBytes(remote.Headers[index].Value));
            }
        }

        var inputs = new ConfigInputs([At("gantry.json")]) { SecretsDirectories = [secrets] };
        Check(inputs);
        return inputs;
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private string At(string name) => Path.Combine(_directory.FullName, name);

    // Without its places, which are in a file that nobody wrote.
    private static void Check(ConfigInputs inputs)
    {
        var problems = new ConfigLoader(inputs, [])
            .Load(null)
            .Diagnostics.Where(diagnostic => diagnostic.Severity is Severity.Error)
            .Select(diagnostic => $"{diagnostic.Code}: {diagnostic.Problem} {diagnostic.Remedy}")
            .ToArray();
        if (problems.Length > 0)
        {
            throw new CommandFailedException(string.Join('\n', problems), ExitCode.Usage);
        }
    }
}
