using System.CommandLine;
using System.Text;
using System.Text.Json;
using Gantry.Cli.Client;

namespace Gantry.Cli.Commands;

/// <summary><c>gantry tools</c>: what the servers can do.</summary>
internal static class ToolsCommand
{
    // A first start may fetch a package.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    public static Command Make(Shell shell)
    {
        var server = new Argument<string?>("SERVER")
        {
            Description = "Only this server; otherwise all of them as one.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var options = new TargetOptions();
        var command = new ExampledCommand(
            "tools",
            "List the tools of one server, or of all as clients of /mcp see them.",
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
                var list = await ListAsync(shell, target.Client, name, cancellationToken);
                Print(shell, parsed, list);
                return list.Missing.IsEmpty ? ExitCode.Ok : ExitCode.Failed;
            }
        );
        return command;
    }

    // The gateway does not wait for servers that are slow to start, but whoever asks here does.
    private static async Task<ToolList> ListAsync(
        Shell shell,
        DaemonClient daemon,
        string? server,
        CancellationToken cancellationToken
    )
    {
        var time = shell.Terminal.Time;
        var began = time.GetTimestamp();
        await using var client = await McpClient.ConnectAsync(daemon, server, cancellationToken);
        while (true)
        {
            var list = await ToolList.ReadAsync(client, cancellationToken);
            if (
                !list.Missing.Any(missing => missing.IsComing)
                || time.GetElapsedTime(began) > s_patience
            )
            {
                return list;
            }

            await Task.Delay(s_interval, time, cancellationToken);
        }
    }

    private static void Print(Shell shell, ParseResult parsed, ToolList list)
    {
        foreach (var missing in list.Missing)
        {
            shell.Terminal.Error.WriteLine($"{missing.Server}: {missing.Reason}");
        }

        if (shell.WantsJson(parsed))
        {
            PrintJson(shell.Terminal, list);
        }
        else if (list.Tools.IsEmpty)
        {
            shell.Terminal.Error.WriteLine("There are no tools.");
        }
        else
        {
            PrintTable(shell.Terminal, list);
        }
    }

    private static void PrintTable(Terminal terminal, ToolList list)
    {
        var table = new Table("TOOL", "DESCRIPTION");
        foreach (var tool in list.Tools)
        {
            table.Add(new(tool.Name, Colour.Cyan), FirstLine(tool.Description));
        }

        table.Print(terminal);
    }

    private static void PrintJson(Terminal terminal, ToolList list)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("tools");
            foreach (var tool in list.Tools)
            {
                tool.Definition.WriteTo(json);
            }

            json.WriteEndArray();
            json.WriteStartObject("unavailable");
            foreach (var missing in list.Missing)
            {
                json.WriteString(missing.Server, missing.Reason);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        terminal.Out.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();
}
