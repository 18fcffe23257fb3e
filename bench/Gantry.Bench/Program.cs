using Gantry.Bench;
using Gantry.Bench.Micro;
using Gantry.Bench.Subjects;

const string Usage = """
    usage: bench/run [gateways|micro|all] [options]
      gateways  one echo server behind each gateway, side by side
      micro     reading and splicing one frame; the list of many servers as one
      --seconds N   measured time per cell (default 3)
      --rounds N    interleaved rounds; medians are shown (default 5)
      --only NAMES  of gantry,supergateway,mcp-proxy,kestrel
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};

if (args is ["kestrel", var port])
{
    await BareKestrel.RunAsync(port, stop.Token);
    return 0;
}

if (Options.Parse(args) is not { } options)
{
    Console.Error.WriteLine(Usage);
    return 64;
}

if (options.Micro)
{
    FrameBenchmarks.Run();
    JoinedBenchmarks.Run();
}

return options.Gateways ? await Comparison.RunAsync(options, stop.Token) : 0;
