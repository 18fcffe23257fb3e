using Gantry.Cli;
using Gantry.Runtimes.Process;

// The keeper is this same binary in a small mode: it must not pay for anything below.
if (args is [Keeper.Argument, ..])
{
    return Keeper.Run(args);
}

return await CommandLine.RunAsync(args, Terminal.OfProcess());
