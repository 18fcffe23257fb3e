using Gantry.TestServer;

if (!Options.TryParse(args, out var options, out var problem))
{
    Console.Error.WriteLine(problem);
    return 64;
}

return await Life.LiveAsync(options);
