using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;

namespace Gantry.EndToEnd.Harness;

/// <summary>A program to run to its end.</summary>
internal sealed record Command(string Program, params ImmutableArray<string> Arguments)
{
    // Most of what runs here lives for a second or two, of which compiling again what seems to be
    // used much is a sixth. And who is killed shall leave no files for debuggers behind.
    private static readonly ImmutableDictionary<string, string> s_shortLives =
        ImmutableDictionary.CreateRange<string, string>([
            new("DOTNET_TC_CallCountingDelayMs", "5000"),
            new("DOTNET_EnableDiagnostics", "0"),
            new("NODE_COMPILE_CACHE", Path.Combine(Places.Root, "artifacts", "node-cache")),
        ]);

    /// <summary>How long it may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    public string? Directory { get; init; }

    public ImmutableDictionary<string, string> Environment { get; init; } =
        ImmutableDictionary<string, string>.Empty;

    public async Task<Finished> RunAsync(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Start();
        process.StandardInput.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return new(
                process.ExitCode,
                await output,
                await error,
                Stopwatch.GetElapsedTime(start)
            );
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"Did not end: {this}");
        }
    }

    /// <summary>Starts it with all three streams redirected.</summary>
    public Process Start()
    {
        var info = new ProcessStartInfo(Program, Arguments)
        {
            WorkingDirectory = Directory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        foreach (var (name, value) in s_shortLives.SetItems(Environment))
        {
            info.Environment[name] = value;
        }

        return Process.Start(info) ?? throw new UnreachableException();
    }

    public override string ToString() => $"{Program} {string.Join(' ', Arguments)}";
}

internal sealed record Finished(int ExitCode, string Output, string Error, TimeSpan Took)
{
    /// <summary>The output, once it is sure that the program succeeded.</summary>
    public string Succeeded() =>
        ExitCode == 0 ? Output : throw new InvalidOperationException(ToString());

    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}
