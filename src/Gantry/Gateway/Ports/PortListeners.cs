using System.Net;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Gantry.Gateway.Ports;

/// <summary>Makes listeners that share everything behind them with the main one.</summary>
internal sealed class PortListeners(
    PortFront front,
    PortPlace place,
    IConnectionListenerFactory transport,
    IHttpContextFactory contexts,
    ILoggerFactory loggers,
    IServiceProvider services
)
{
    public PortListener Make(ServerName server, IPEndPoint at)
    {
        var options = new KestrelServerOptions
        {
            ApplicationServices = services,
            AddServerHeader = false,
        };
        ListenerBounds.Apply(options, place.Limits);
        options.Listen(
            at,
            listener =>
            {
                listener.ComesInAt(PortPlace.ListenerAt(server, at));
                place.Prepare(listener);
            }
        );
        return new(
            server,
            at,
            new KestrelServer(Options.Create(options), transport, loggers),
            new Application(front.For(server), contexts)
        );
    }

    private sealed class Application(RequestDelegate handle, IHttpContextFactory contexts)
        : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) =>
            contexts.Create(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => handle(context);

        public void DisposeContext(HttpContext context, Exception? exception) =>
            contexts.Dispose(context);
    }
}
