using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Gantry.Cli.Commands;
using Gantry.Daemon;

namespace Gantry.Cli;

/// <summary>The command <c>gantry</c> and everything that can follow it.</summary>
internal static class CommandLine
{
    // The number that Unix has for it.
    private const int BrokenPipe = 32;

    private const string Description = """
        Runs MCP servers from files, keeps them healthy, and serves them over one HTTP gateway.

        Exit codes: 0 done; 1 failed, not valid, or the tool said isError; 2 the command line makes
        no sense; 3 no daemon runs; 130 interrupted.
        """;

    private const string Examples = """
        gantry up                              run the servers of examples/quickstart
        gantry up servers/ --listen :9000      run yours, on port 9000 of this machine
        gantry status                          how they are
        gantry call files list_directory path=.
        """;

    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        using var signals = new StopSignals(terminal.Time);
        // npm scopes begin with @ too, so it must not mean a file of further arguments.
        var parser = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var parsed = Make(new(terminal), signals).Parse(args, parser);
        var invocation = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await RunAsync(parsed, invocation, signals.Stop);
    }

    private static async Task<int> RunAsync(
        ParseResult parsed,
        InvocationConfiguration invocation,
        CancellationToken cancellationToken
    )
    {
        if (parsed.Action is ParseErrorAction error)
        {
            error.ShowHelp = false;
        }

        try
        {
            var code = await parsed.InvokeAsync(invocation, cancellationToken);
            return parsed.Action is ParseErrorAction ? Misused(parsed, invocation) : code;
        }
        catch (CommandFailedException exception)
        {
            invocation.Error.WriteLine(exception.Message);
            return exception.ExitCode;
        }
        catch (StartRefusedException exception)
        {
            invocation.Error.WriteLine(exception.Message);
            return ExitCode.Failed;
        }
        catch (Exception exception) when (exception is HttpRequestException or HttpIOException)
        {
            invocation.Error.WriteLine("The daemon broke off the connection; it may have stopped.");
            return ExitCode.Failed;
        }
        catch (IOException exception) when (exception.HResult is BrokenPipe)
        {
            // Who reads has seen enough, as "head" does.
            return ExitCode.Ok;
        }
        catch (IOException exception)
        {
            // Most likely the output itself: a full disk, a terminal that is gone.
            new ForgivingWriter(invocation.Error).WriteLine($"Gave up: {exception.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    private static int Misused(ParseResult parsed, InvocationConfiguration invocation)
    {
        var command = parsed.CommandResult.Command;
        var name = command is RootCommand ? "gantry" : $"gantry {command.Name}";
        invocation.Error.WriteLine($"See '{name} --help'.");
        return ExitCode.Usage;
    }

    private static RootCommand Make(Shell shell, StopSignals signals)
    {
        var root = new RootCommand(Description) { shell.Json, shell.StateDirectory };
        Command[] commands =
        [
            UpCommand.Make(shell, signals),
            PlanCommand.Make(shell),
            ValidateCommand.Make(shell),
            SchemaCommand.Make(shell),
            StatusCommand.Make(shell),
            LogsCommand.Make(shell),
            TraceCommand.Make(shell),
            ReplayCommand.Make(shell),
            .. OperatorCommands.Make(shell),
            ToolsCommand.Make(shell),
            CallCommand.Make(shell),
            AddCommand.Make(shell),
            StdioCommand.Make(shell),
            BridgeCommand.Make(shell, signals),
            .. LoginCommands.Make(shell),
            KeyCommands.Make(shell),
        ];
        foreach (var command in commands)
        {
            root.Add(command);
        }

        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples(Examples);
        }

        return root;
    }
}
