using Gantry.Bench;
using Gantry.Bench.Micro;
using Gantry.Bench.Stands;

const string Usage = """
    usage: bench/run [gateways|micro|all] [options]
      gateways  gateways and their limits, side by side
      micro     reading and splicing one frame; the list of many servers as one
      --seconds N   measured time per cell (default 2)
      --warm-up N   how long a subject is called before that (default 10)
      --stolen N    percent of the machine that its host may take before a cell is measured again (default 2)
      --rounds N    interleaved rounds; medians are shown (default 5)
      --only NAMES  of gantry,supergateway,mcp-proxy,kestrel,copy,gantry-http,nginx,gantry-many
      --trials NAMES  only those, named as in the table
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};

switch (args)
{
    case [BareKestrel.Name, var port]:
        await BareKestrel.RunAsync(port, stop.Token);
        return 0;
    case [HttpEcho.Name, var port]:
        await HttpEcho.RunAsync(port, stop.Token);
        return 0;
    case [RawCopy.Name, var port]:
        RawCopy.Run(port);
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
