using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Cli.Client;
using Gantry.Daemon;

namespace Gantry.Cli;

/// <summary>What all commands share: the terminal, and the options that each of them takes.
/// </summary>
internal sealed class Shell(Terminal terminal)
{
    public Terminal Terminal { get; } = terminal;

    public Option<bool> Json { get; } =
        new("--json") { Description = "Print JSON, for programs to read.", Recursive = true };

    public Option<string?> StateDirectory { get; } =
        new("--state-dir")
        {
            Description =
                "Where the daemon keeps its state. Default: $GANTRY_STATE_DIR, or gantry in "
                + "$XDG_STATE_HOME or in ~/.local/state.",
            HelpName = "DIR",
            Recursive = true,
        };

    public StateDirectory State(ParseResult parsed) =>
        Daemon.StateDirectory.Resolve(parsed.GetValue(StateDirectory));

    public DaemonClient Connect(ParseResult parsed) => new(State(parsed).Socket);

    public bool WantsJson(ParseResult parsed) => parsed.GetValue(Json);

    /// <summary>Prints for programs.</summary>
    public void PrintJson<T>(T value, JsonTypeInfo<T> type) =>
        Terminal.Out.WriteLine(JsonSerializer.Serialize(value, type));
}
