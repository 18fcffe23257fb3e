using Gantry.Runtimes.Process.Linux;

namespace Gantry.Runtimes.Process;

/// <summary>The mode in which this program keeps the servers of a daemon; see
/// <see cref="KeeperProcess"/>.</summary>
public static class Keeper
{
    /// <summary>The first argument that asks for this mode.</summary>
    public const string Argument = "keeper";

    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments)
    {
        if (arguments.Length != 2 || !OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("gantry keeper is started by 'gantry up', not by hand.");
            return 2;
        }

        using var keeper = new KeeperProcess(token: arguments[1]);
        keeper.Run();
        return 0;
    }
}
