using System.Collections.Immutable;

namespace Gantry.Config;

/// <summary>A server that runs elsewhere and is reached by its address.</summary>
/// <param name="Url">Absolute: http or https, and ws or wss for WebSocket.</param>
public sealed record RemoteSpec(Expandable Url) : RuntimeSpec
{
    public RemoteTransport Transport { get; init; } = RemoteTransport.Auto;

    /// <summary>Sent with every request. Names in any case, each once.</summary>
    public ImmutableSortedDictionary<string, Expandable> Headers { get; init; } =
        ImmutableSortedDictionary.Create<string, Expandable>(StringComparer.OrdinalIgnoreCase);

    public TlsSpec Tls { get; init; } = TlsSpec.Default;

    /// <summary>The absolute path of the Unix socket behind which it is; null when the address says
    /// where. What else the address says holds all the same.</summary>
    public string? Socket { get; init; }

    /// <summary>How long it may take until the origin has accepted a connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may be without a single byte from the origin.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether a caller's own <c>Authorization</c> header is sent on. Otherwise none of a
    /// caller's credentials ever leaves Gantry.</summary>
    public bool ForwardAuthorization { get; init; }

    /// <summary>Null when nothing is configured: then OAuth, once the server asks for it.</summary>
    public AuthSpec? Auth { get; init; }
}

/// <summary>How a server that runs elsewhere is spoken to.</summary>
public enum RemoteTransport
{
    /// <summary>Streamable HTTP, and where the origin does not know it, SSE.</summary>
    Auto,
    StreamableHttp,

    /// <summary>The transport of 2024-11-05: one stream of events, and requests beside it.</summary>
    Sse,
    WebSocket,
}

/// <summary>What to trust and what to show when the address is https or wss.</summary>
/// <param name="CaFile">A PEM file of the only authorities to trust; null for the system's.</param>
/// <param name="CertificateFile">A PEM file with Gantry's own certificate; null for none.</param>
/// <param name="KeyFile">Its key; null when it is in the same file.</param>
/// <param name="SkipVerify">Whether any certificate of the origin will do.</param>
public sealed record TlsSpec(
    string? CaFile,
    string? CertificateFile,
    string? KeyFile,
    bool SkipVerify
)
{
    public static TlsSpec Default { get; } = new(null, null, null, SkipVerify: false);
}
