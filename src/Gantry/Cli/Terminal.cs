using Gantry.Daemon;
using Microsoft.Win32.SafeHandles;

namespace Gantry.Cli;

/// <summary>Where a command writes, and what may be written there.</summary>
/// <param name="HasColours">Whether the output understands colours, and nobody minds them.</param>
/// <param name="IsInteractive">Whether a person looks at the output.</param>
internal sealed record Terminal(
    TextWriter Out,
    TextWriter Error,
    bool HasColours,
    bool IsInteractive,
    TimeProvider Time
)
{
    public static Terminal OfProcess() =>
        new(
            Output(),
            Console.Error,
            !Console.IsOutputRedirected && !IsSet("NO_COLOR") && Term() is not "dumb",
            !Console.IsOutputRedirected,
            TimeProvider.System
        );

    /// <summary>The same, for who must go on when nothing can be written any more.</summary>
    public Terminal Forgiving() =>
        this with
        {
            Out = new ForgivingWriter(Out),
            Error = new ForgivingWriter(Error),
        };

    public string Paint(string text, Colour colour) =>
        HasColours && colour is not Colour.None ? $"\e[{(int)colour}m{text}\e[0m" : text;

    /// <summary>The time of day as people here read it, to the second.</summary>
    public string Clock(DateTimeOffset at) =>
        TimeZoneInfo
            .ConvertTime(at, Time.LocalTimeZone)
            .ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);

    // The console says nothing when who reads a pipe has left; then a command that goes on for ever
    // would.
    private static TextWriter Output()
    {
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows())
        {
            return Console.Out;
        }

        try
        {
            var standard = new SafeFileHandle(1, ownsHandle: false);
            var output = new FileStream(standard, FileAccess.Write, bufferSize: 0);
            return output.CanSeek ? Console.Out : new StreamWriter(output) { AutoFlush = true };
        }
        catch (Exception exception)
            when (exception is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // It was closed from the start.
            return Console.Out;
        }
    }

    private static bool IsSet(string variable) =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private static string? Term() => Environment.GetEnvironmentVariable("TERM");
}

/// <summary>The colours in use, by their terminal codes.</summary>
internal enum Colour
{
    None = 0,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
    Grey = 90,
}
