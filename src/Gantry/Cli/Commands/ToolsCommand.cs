using System.CommandLine;
using System.Text.Json;
using Gantry.Cli.Client;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry tools</c>: what the servers can do.</summary>
internal static class ToolsCommand
{
    public static Command Make(Shell shell)
    {
        var server = new Argument<string?>("SERVER")
        {
            Description = "Only this server; otherwise all of them.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var options = new TargetOptions();
        var command = new ExampledCommand(
            "tools",
            "List the tools of one server or of all. Starts those that run on demand.",
            "gantry tools\ngantry tools files --json"
        )
        {
            server,
        };
        options.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var name = parsed.GetValue(server);
                await using var target = await Target.OpenAsync(
                    shell,
                    parsed,
                    options,
                    name,
                    cancellationToken
                );
                return await RunAsync(shell, parsed, target.Client, name, cancellationToken);
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        Shell shell,
        ParseResult parsed,
        DaemonClient client,
        string? name,
        CancellationToken cancellationToken
    )
    {
        var names = name is null
            ? (await client.ServersAsync(cancellationToken)).Select(server => server.Name)
            : [name];
        // All at once: what has to start first then starts together.
        var lists = await Task.WhenAll(
            names.Select(server => ListAsync(client, server, cancellationToken))
        );
        Print(shell, parsed, lists);
        return lists.Any(list => list.Error is not null) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static async Task<ToolList> ListAsync(
        DaemonClient daemon,
        string server,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var client = await McpClient.ConnectAsync(
                daemon,
                server,
                cancellationToken
            );
            return new(server, await Tool.ListAsync(client, cancellationToken), null);
        }
        catch (CommandFailedException exception) when (exception.ExitCode is ExitCode.Failed)
        {
            return new(server, [], exception.Message);
        }
    }

    private static void Print(Shell shell, ParseResult parsed, ToolList[] lists)
    {
        foreach (var list in lists.Where(list => list.Error is not null))
        {
            shell.Terminal.Error.WriteLine($"{list.Server}: {list.Error}");
        }

        if (shell.WantsJson(parsed))
        {
            PrintJson(shell.Terminal, lists);
            return;
        }

        var table = new Table("SERVER", "TOOL", "DESCRIPTION");
        foreach (
            var (server, tool) in lists.SelectMany(
                list => list.Tools,
                (list, tool) => (list.Server, tool)
            )
        )
        {
            table.Add(server, new(tool.Name, Colour.Cyan), FirstLine(tool.Description));
        }

        table.Print(shell.Terminal);
    }

    private static void PrintJson(Terminal terminal, ToolList[] lists)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true }))
        {
            json.WriteStartObject();
            foreach (var list in lists)
            {
                json.WriteStartArray(list.Server);
                list.Tools.ForEach(tool => tool.Definition.WriteTo(json));
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        terminal.Out.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();

    private sealed record ToolList(string Server, List<Tool> Tools, string? Error);
}
