using System.ComponentModel;
using System.Diagnostics;
using Gantry.Runtimes.Remote;

namespace Gantry.Daemon;

/// <summary>A program that shows a page to the person before this machine.</summary>
/// <param name="Command">The program and its arguments; the address follows them.</param>
internal sealed record Browser(IReadOnlyList<string> Command)
{
    private const string Variable = "GANTRY_BROWSER";

    // A browser has no use for what opens the vault.
    private static readonly string[] s_notForOthers = ["GANTRY_VAULT_KEY", "GANTRY_VAULT_KEY_FILE"];

    /// <summary>What GANTRY_BROWSER says; null when it says nothing.</summary>
    public static Browser? Chosen() =>
        Environment
            .GetEnvironmentVariable(Variable)
            ?.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            is { Length: > 0 } words
            ? new(words)
            : null;

    /// <summary>The one chosen, else that of the desktop; null where there is no desktop.</summary>
    public static Browser? Find() => Chosen() ?? OfDesktop();

    /// <summary>Starts it, and waits until it ends or is no longer needed. It stays open then.
    /// </summary>
    /// <exception cref="UpstreamRefusedException">It cannot be started.</exception>
    public async ValueTask OpenAsync(Uri address, CancellationToken cancellationToken)
    {
        using var process = Start(address);
        process.StandardInput.Close();
        try
        {
            await Task.WhenAll(
                process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, cancellationToken),
                process.StandardError.BaseStream.CopyToAsync(Stream.Null, cancellationToken),
                process.WaitForExitAsync(cancellationToken)
            );
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The login is over; the window is the person's.
        }
    }

    private Process Start(Uri address)
    {
        var start = new ProcessStartInfo(Command[0], [.. Command.Skip(1), address.AbsoluteUri])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in s_notForOthers)
        {
            start.Environment.Remove(variable);
        }

        try
        {
            return Process.Start(start) ?? throw new Win32Exception("nothing was started");
        }
        catch (Win32Exception exception)
        {
            throw new UpstreamRefusedException(
                $"the browser '{Command[0]}' cannot be started: {exception.Message}"
            );
        }
    }

    private static Browser? OfDesktop() =>
        OperatingSystem.IsMacOS() ? new(["open"])
        : OperatingSystem.IsLinux() && (IsSet("DISPLAY") || IsSet("WAYLAND_DISPLAY"))
            ? new(["xdg-open"])
        : null;

    private static bool IsSet(string variable) =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
