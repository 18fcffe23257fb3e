using System.Collections.Immutable;
using System.CommandLine;
using Gantry.Daemon;

namespace Gantry.Cli.Bridge;

/// <summary>Switches of other bridges that cannot mean here what they mean there: whoever uses one
/// is told what to use instead.</summary>
internal static class RefusedSwitches
{
    private const string Several =
        "A bridge has one server. Put several into a file, as \"mcpServers\" or 'servers:', and run "
        + "'gantry up FILE': each is at /mcp/NAME, and all as one at /mcp.";

    private const string Keys =
        "A bridge asks nobody who they are. Put the server into a file with 'gateway: { auth: { "
        + "api_keys: true } }', run 'gantry up FILE', and make a key with 'gantry key create NAME'.";

    private const string Login =
        "A server that wants a login is configured: put its 'url' and 'auth' into a file, run "
        + "'gantry up FILE', and log in with 'gantry login SERVER'.";

    private const string Trust =
        "Which certificates are trusted is configured: put the server's 'url' and 'tls' into a "
        + "file, and run 'gantry up FILE'.";

    private const string Environment =
        "The command sees what the prompt sees. Set variables there, as in 'NAME=VALUE gantry "
        + "bridge -- COMMAND', or take all away with '-- env -i NAME=VALUE COMMAND'.";

    private const string Tunnel =
        "Gantry opens no tunnel. Point the one of your choice at the port of the bridge, and ask "
        + "who comes in: see gateway.auth.";

    private static readonly ImmutableArray<Refused> s_all =
    [
        new("--named-server", Several),
        new("--named-server-config", Several),
        new("--apiKey", Keys),
        new("--client-id", Login),
        new("--client-secret", Login),
        new("--token-url", Login),
        new("--verify-ssl", Trust),
        new("--no-verify-ssl", Trust),
        new("--sslCa", "Clients are asked for no certificate: leave it out."),
        new("--env", Environment),
        new("-e", Environment),
        new("--no-pass-environment", Environment),
        new("--headers", "Write it as one text: --header 'NAME: VALUE'."),
        new("--shell", "No shell is involved. Name one as the command: -- sh -c 'COMMAND'."),
        new("--tunnel", Tunnel),
        new("--tunnelSubdomain", Tunnel),
        new(
            "--corsAddAllowedHeader",
            "Pages may send the headers of the protocol, Authorization and X-API-Key, and no others "
                + "mean anything here: leave it out."
        ),
    ];

    public static IEnumerable<Option> All => s_all.Select(one => one.Switch);

    /// <exception cref="CommandFailedException">One was given.</exception>
    public static void Check(ParseResult parsed)
    {
        foreach (var (option, instead) in s_all)
        {
            if (parsed.GetResult(option) is not null)
            {
                throw new CommandFailedException($"{option.Name}: {instead}", ExitCode.Usage);
            }
        }
    }

    private sealed record Refused(Option Switch, string Instead)
    {
        // Whatever stands behind it belongs to it: it is not looked at.
        public Refused(string name, string instead)
            : this(
                new Option<string[]>(name)
                {
                    Hidden = true,
                    Arity = ArgumentArity.ZeroOrMore,
                    AllowMultipleArgumentsPerToken = true,
                },
                instead
            ) { }
    }
}
