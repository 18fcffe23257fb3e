using System.Runtime.InteropServices;
using Gantry.TestServer.Conformance;
using Gantry.TestServer.Stdio;
using Gantry.TestServer.Tools;

namespace Gantry.TestServer;

/// <summary>From the start to the end, with all that goes wrong in between on request.</summary>
internal static class Life
{
    private const int NeedMissing = 3;

    public static async Task<int> LiveAsync(Options options)
    {
        var signals = options.IgnoreTerm ? IgnoreSignals() : [];
        if (options.Grandchild)
        {
            await Grandchild.LeaveBehindAsync(options);
        }

        if (EarlyExit(options) is { } code)
        {
            return code;
        }

        FloodStderr(options.StderrFlood);
        await ServeAsync(options);
        if (options.IgnoreEof)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        }

        GC.KeepAlive(signals);
        return 0;
    }

    private static int? EarlyExit(Options options)
    {
        if (options.ExitOnStart is { } code)
        {
            Console.Error.WriteLine($"ending with code {code}, as told");
            return code;
        }

        if (options.Needs is { } file && !File.Exists(file))
        {
            Console.Error.WriteLine($"the file {file} is missing");
            return NeedMissing;
        }

        return null;
    }

    private static async Task ServeAsync(Options options)
    {
        using var recorder = Recorder.Open(options.Record);
        using var output = new LineOutput(recorder, options.SplitWrites);
        if (options.GarbageOnStart)
        {
            output.Send("this is not JSON\n{\"neither\": is this\n\n[1,2"u8);
            output.Flush();
        }

        var peer = new Peer(output);
        var methods = options.Conformance
            ? ConformanceFixture.Methods(peer, options.ModernOnly)
            : BasicTools.Methods(peer);
        var server = new Server(options, peer, methods);
        using var input = new LineInput(recorder, output);
        while (input.TryRead(out var line))
        {
            server.Receive(line);
        }

        await server.LeaveAsync();
    }

    private static PosixSignalRegistration[] IgnoreSignals() =>
        [
            .. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(
                signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true)
            ),
        ];

    private static void FloodStderr(int bytes)
    {
        const int LineLength = 100;
        using var stderr = Console.OpenStandardError();
        var line = new byte[LineLength];
        Array.Fill(line, (byte)'e');
        line[^1] = (byte)'\n';
        for (var left = bytes; left > 0; left -= LineLength)
        {
            stderr.Write(line);
        }
    }
}
