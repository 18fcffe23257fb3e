namespace Gantry.EndToEnd.Harness;

/// <summary>Where the built programs and the npm fixtures are.</summary>
internal static class Places
{
    private static readonly string s_configuration = Path.GetFileName(
        AppContext.BaseDirectory.TrimEnd('/')
    );

    public static string Root { get; } = FindRoot();

    public static string Gantry { get; } =
        Environment.GetEnvironmentVariable("GANTRY_EXE") ?? Built("Gantry", "gantry");

    public static string TestServer { get; } = Built("Gantry.TestServer", "Gantry.TestServer");

    public static string Bench => Built("Gantry.Bench", "Gantry.Bench");

    public static string Npm { get; } = Path.Combine(Root, "tests", "Gantry.EndToEnd", "npm");

    public static string Node => InModules("node/bin/node");

    /// <summary>A file of an npm package that the scenarios pin.</summary>
    public static string InModules(string path)
    {
        var file = Path.Combine(Npm, "node_modules", path);
        return File.Exists(file)
            ? file
            : throw new FileNotFoundException(
                $"{file} is missing. Run 'npm ci' in {Npm}, as ./test does."
            );
    }

    private static string Built(string project, string program)
    {
        var folder = Path.Combine(Root, "artifacts", "bin", project);
        string[] candidates =
        [
            Path.Combine(folder, s_configuration, program),
            Path.Combine(folder, "release", program),
            Path.Combine(folder, "debug", program),
        ];
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException(
                $"{candidates[0]} is missing. Run 'dotnet build' first."
            );
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Gantry.slnx")))
        {
            folder =
                folder.Parent
                ?? throw new DirectoryNotFoundException("No Gantry.slnx above the tests.");
        }

        return folder.FullName;
    }
}
