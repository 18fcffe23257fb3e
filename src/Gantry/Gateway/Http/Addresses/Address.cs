using Gantry.Gateway.Routing;

namespace Gantry.Gateway.Http;

/// <summary>What a path means.</summary>
internal readonly record struct Address(Target Target, Transport Transport);

/// <summary>The ways in, each at an address of its own.</summary>
internal enum Transport
{
    Streamable,
    Sse,

    /// <summary>Where clients of <see cref="Sse"/> send to.</summary>
    Message,
    WebSocket,
}
