using Gantry.Runtimes.Process;

return args is [Keeper.Argument, ..] ? Keeper.Run(args) : 0;
