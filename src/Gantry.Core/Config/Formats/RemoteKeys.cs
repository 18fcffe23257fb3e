using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The keys of a server that runs elsewhere.</summary>
internal static class RemoteKeys
{
    private const string Stdio = "stdio";

    public static readonly Key<Placed<string>?> Url = new(
        "url",
        Shapes.Text,
        "In place of a command: where the server runs, as http://, https://, ws:// or wss://."
    );
    public static readonly Key<RemoteTransport?> Transport = new(
        "transport",
        new ChoiceShape<RemoteTransport?>(
            ("auto", RemoteTransport.Auto),
            ("streamable-http", RemoteTransport.StreamableHttp),
            ("http", RemoteTransport.StreamableHttp),
            ("sse", RemoteTransport.Sse),
            ("websocket", RemoteTransport.WebSocket),
            ("ws", RemoteTransport.WebSocket),
            (Stdio, null)
        ),
        "How a server with a url is spoken to. A process speaks stdio. "
            + "Default: auto, which tries Streamable HTTP and then SSE; websocket for ws:// and wss://."
    );
    public static readonly Key<ImmutableArray<KeyValuePair<string, Placed<string>>>> Headers = new(
        "headers",
        Shapes.TextMap,
        "Headers that a server with a url is sent with every request."
    );
    public static readonly Key<Placed<string>?> Socket = new(
        "socket",
        Shapes.Text,
        "The Unix socket behind which a server with a url is, relative to this file. Default: none."
    );
    public static readonly Key<TimeSpan> ConnectTimeout = new(
        "connect_timeout",
        Shapes.Patience,
        "How long it may take to reach a server with a url. Default: 10s."
    );
    public static readonly Key<TimeSpan> RequestTimeout = new(
        "request_timeout",
        Shapes.Patience,
        "How long a server with a url may be silent during a request. Default: 15m."
    );
    public static readonly Key<bool> ForwardAuthorization = new(
        "forward_authorization",
        Shapes.Flag,
        "Whether a server with a url is sent its callers' own Authorization header. Default: false."
    );

    public static readonly Key<Placed<string>?> CaFile = new(
        "ca_file",
        Shapes.Text,
        "A PEM file with the only authorities to trust. Default: those of the system."
    );
    public static readonly Key<Placed<string>?> CertificateFile = new(
        "certificate_file",
        Shapes.Text,
        "A PEM file with the certificate that Gantry shows."
    );
    public static readonly Key<Placed<string>?> KeyFile = new(
        "key_file",
        Shapes.Text,
        "A PEM file with the certificate's key. Default: the same file."
    );
    public static readonly Key<bool> SkipVerify = new(
        "insecure_skip_verify",
        Shapes.Flag,
        "Whether any certificate of the server will do, so that anybody may stand in for it."
    );

    public static readonly KeyTable TlsBlock = new(CaFile, CertificateFile, KeyFile, SkipVerify);
    public static readonly Key<Node.Mapping?> Tls = new(
        "tls",
        new BlockShape(TlsBlock),
        "What to trust and what to show when the url is https:// or wss://."
    );

    /// <summary>Everything but the address, which makes no sense without one.</summary>
    public static ImmutableArray<Key> Besides { get; } =
    [Headers, AuthKeys.Auth, Tls, Socket, ConnectTimeout, RequestTimeout, ForwardAuthorization];
}
