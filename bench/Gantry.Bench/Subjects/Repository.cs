namespace Gantry.Bench.Subjects;

/// <summary>Where the programs are.</summary>
internal static class Repository
{
    private static readonly string s_configuration = System.IO.Path.GetFileName(
        AppContext.BaseDirectory.TrimEnd('/')
    );

    public static string Root { get; } = FindRoot();

    public static string Gantry { get; } =
        Environment.GetEnvironmentVariable("GANTRY_EXE") ?? Path("gantry");

    public static string EchoServer { get; } =
        Path($"artifacts/bin/Gantry.TestServer/{s_configuration}/Gantry.TestServer");

    /// <summary>This program, which can play several parts.</summary>
    public static string Bench { get; } = Environment.ProcessPath ?? "";

    /// <summary>Null when it is not installed.</summary>
    public static string? Nginx { get; } =
        ((string[])["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"]).FirstOrDefault(
            File.Exists
        );

    /// <summary>A program of an npm package; null when it is not installed.</summary>
    public static string? Npm(string program)
    {
        var file = Path($"bench/npm/node_modules/.bin/{program}");
        return File.Exists(file) ? file : null;
    }

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Gantry.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No Gantry.slnx above.");
        }

        return folder.FullName;
    }
}
