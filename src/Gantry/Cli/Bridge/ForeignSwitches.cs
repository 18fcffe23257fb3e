using System.Collections.Immutable;
using System.CommandLine;
using Gantry.Config;
using Gantry.Daemon;
using Gantry.Gateway.Http;
using Gantry.Gateway.Ports;

namespace Gantry.Cli.Bridge;

/// <summary>Switches of other bridges, so that their command lines can be taken along.</summary>
internal sealed class ForeignSwitches
{
    private readonly Option<string?> _stdio = new("--stdio")
    {
        Description = "The command as one text, as supergateway takes it; no shell is involved.",
        HelpName = "COMMAND",
    };

    private readonly Option<string?> _sse = Hidden<string?>("--sse");
    private readonly Option<string?> _streamable = Hidden<string?>("--streamableHttp");
    private readonly Option<string?> _output = Hidden<string?>("--outputTransport");
    private readonly Option<string?> _bearer = Hidden<string?>("--oauth2Bearer");
    private readonly Option<string?> _ssePath = Hidden<string?>("--ssePath", "--sseEndpoint");
    private readonly Option<string?> _messagePath = Hidden<string?>("--messagePath");
    private readonly Option<string?> _streamablePath = Hidden<string?>(
        "--streamableHttpPath",
        "--streamEndpoint",
        "--endpoint"
    );

    private readonly Option<string[]> _health = Hidden<string[]>("--healthEndpoint");
    private readonly Option<string[]> _cors = Hidden<string[]>("--cors", "--allow-origin");
    private readonly Option<bool> _stateful = Hidden<bool>("--stateful");
    private readonly Option<long?> _sessionTimeout = Hidden<long?>(
        "--sessionTimeout",
        "--sessionIdleTimeout"
    );

    private readonly Option<string?> _host = Hidden<string?>("--host", "--sse-host");
    private readonly Option<long?> _startTimeout = Hidden<long?>("--connectionTimeout");
    private readonly Option<string?> _directory = Hidden<string?>("--cwd");
    private readonly Option<string?> _certificate = Hidden<string?>("--sslCert");
    private readonly Option<string?> _key = Hidden<string?>("--sslKey");
    private readonly Option<long?> _bodySize = Hidden<long?>("--maxBodySize");
    private readonly Option<int?> _events = Hidden<int?>("--eventStoreMaxEvents");

    // Messages carry addresses relative to their own, every transport and revision is served to
    // whoever speaks it, how long a call may take is its client's affair, and how much is said none
    // of the bridge's.
    private readonly ImmutableArray<Option> _needless =
    [
        Hidden<string?>("--baseUrl"),
        Hidden<string?>("--logLevel"),
        Hidden<string?>("--protocolVersion"),
        Hidden<string?>("--log-level"),
        Hidden<bool>("--debug", "--no-debug"),
        Hidden<string?>("--server"),
        Hidden<bool>("--stateless", "--no-stateless"),
        Hidden<bool>("--pass-environment"),
        Hidden<bool>("--eventStore", "--no-eventStore"),
        Hidden<bool>("--modern", "--no-modern"),
        Hidden<string?>("--upstreamProtocol"),
        Hidden<long?>("--requestTimeout"),
        Hidden<long?>("--keepAliveTimeout"),
        Hidden<long?>("--gracefulShutdownTimeout"),
    ];

    public void AddTo(Command command)
    {
        command.Add(_stdio);
        _output.AcceptOnlyFromAmong("stdio", "sse", "ws", "streamableHttp");
        _cors.Arity = _health.Arity = ArgumentArity.ZeroOrMore;
        _cors.AllowMultipleArgumentsPerToken = _health.AllowMultipleArgumentsPerToken = true;
        Option[] own =
        [
            _sse,
            _streamable,
            _output,
            _bearer,
            _ssePath,
            _messagePath,
            _streamablePath,
            _health,
            _cors,
            _stateful,
            _sessionTimeout,
            _host,
            _startTimeout,
            _directory,
            _certificate,
            _key,
            _bodySize,
            _events,
        ];
        foreach (var option in own.Concat(_needless))
        {
            command.Add(option);
        }
    }

    /// <summary>Null when no host is given.</summary>
    public string? Listen(ParseResult parsed) =>
        parsed.GetValue(_host) is { } host
            ? host.Contains(':', StringComparison.Ordinal)
                ? $"[{host}]:{BridgeOrder.DefaultPort}"
                : $"{host}:{BridgeOrder.DefaultPort}"
            : null;

    /// <summary>Null when no command is given.</summary>
    public string? Command(ParseResult parsed) => parsed.GetValue(_stdio);

    /// <summary>Null when no address is given.</summary>
    public Bridged.Remote? Remote(ParseResult parsed) =>
        parsed.GetValue(_sse) is { } sse ? new(sse) { Transport = "sse" }
        : parsed.GetValue(_streamable) is { } url ? new(url) { Transport = "streamable-http" }
        : null;

    public IEnumerable<Bridged.Header> Headers(ParseResult parsed) =>
        parsed.GetValue(_bearer) is { } token ? [new("Authorization", $"Bearer {token}")] : [];

    /// <summary>Null when nothing says where it comes out.</summary>
    public bool? WantsStdio(ParseResult parsed) =>
        parsed.GetValue(_output) is { } transport ? transport is "stdio" : null;

    /// <summary>The same order, with what these switches add.</summary>
    /// <exception cref="CommandFailedException">A path is none.</exception>
    public BridgeOrder Extend(BridgeOrder order, ParseResult parsed) =>
        order with
        {
            Isolation = parsed.GetValue(_stateful) ? "session" : order.Isolation,
            Paths = Paths(parsed),
            Origins = parsed.GetResult(_cors) is null ? null : OriginsOf(parsed),
            SessionTimeout = Milliseconds(parsed, _sessionTimeout),
            MaxBodySize = parsed.GetValue(_bodySize),
            MaxReplayEvents = parsed.GetValue(_events),
            Tls = Certificate(parsed),
        };

    /// <summary>The same command, with what these switches add.</summary>
    public Bridged.Program Extend(Bridged.Program program, ParseResult parsed) =>
        program with
        {
            Directory = parsed.GetValue(_directory),
            StartupTimeout = Milliseconds(parsed, _startTimeout),
        };

    private TlsSettings? Certificate(ParseResult parsed) =>
        (parsed.GetValue(_certificate), parsed.GetValue(_key)) switch
        {
            (null, null) => null,
            ({ } certificate, { } key) => new(
                System.IO.Path.GetFullPath(certificate),
                System.IO.Path.GetFullPath(key)
            ),
            _ => throw new CommandFailedException(
                "HTTPS takes both --sslCert FILE and --sslKey FILE.",
                ExitCode.Usage
            ),
        };

    private static TimeSpan? Milliseconds(ParseResult parsed, Option<long?> option) =>
        parsed.GetValue(option) is { } ms ? TimeSpan.FromMilliseconds(ms) : null;

    private PortPaths Paths(ParseResult parsed)
    {
        var paths = PortPaths.Usual with
        {
            Health = [.. (parsed.GetValue(_health) ?? []).Select(Path)],
        };
        (Option<string?> Option, Transport Transport)[] given =
        [
            (_messagePath, Transport.Message),
            (_ssePath, Transport.Sse),
            (_streamablePath, Transport.Streamable),
        ];
        return given
            .Where(one => parsed.GetValue(one.Option) is not null)
            .Aggregate(
                paths,
                (all, one) => all.With(Path(parsed.GetValue(one.Option) ?? ""), one.Transport)
            );
    }

    private string[] OriginsOf(ParseResult parsed) =>
        parsed.GetValue(_cors) is { Length: > 0 } origins ? origins : ["*"];

    private static string Path(string text) =>
        text.StartsWith('/')
            ? text
            : throw new CommandFailedException(
                $"'{text}' is no path: it begins with '/'.",
                ExitCode.Usage
            );

    private static Option<T> Hidden<T>(string name, params string[] aliases) =>
        new(name, aliases) { Hidden = true };
}
