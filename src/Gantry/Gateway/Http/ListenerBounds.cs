using Gantry.Config;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gantry.Gateway.Http;

/// <summary>What a listener bears of its clients: for every Kestrel that serves some.</summary>
public static class ListenerBounds
{
    // Of one request: names and values of its headers, and its first line.
    private const int MaxHeaders = 100;
    private const int MaxHeaderBytes = 64 * 1024;
    private const int MaxRequestLine = 8 * 1024;

    // What waits in the server for a client that reads slowly: some pieces of a long answer, or one
    // piece would wait for the one before it.
    private const int MaxResponseBuffer = 4 * HttpText.MaxAtOnce;

    public static void Apply(KestrelServerOptions kestrel, GatewayLimits limits)
    {
        var bounds = kestrel.Limits;
        var rate = new MinDataRate(limits.MinDataRate, limits.DataRateGrace);
        bounds.MinRequestBodyDataRate = rate;
        bounds.MinResponseDataRate = rate;
        bounds.MaxConcurrentConnections = limits.MaxConnections;
        bounds.MaxConcurrentUpgradedConnections = limits.MaxConnections;
        bounds.RequestHeadersTimeout = limits.RequestHeaderTimeout;
        bounds.KeepAliveTimeout = limits.ConnectionIdleTimeout;
        bounds.MaxRequestBodySize = limits.MaxBodySize;
        bounds.MaxRequestHeaderCount = MaxHeaders;
        bounds.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        bounds.MaxRequestLineSize = MaxRequestLine;
        bounds.MaxResponseBufferSize = MaxResponseBuffer;
    }
}
