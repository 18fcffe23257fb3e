using System.Net;
using Gantry.Access;
using Gantry.Audit;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Duplex;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Flow;
using Gantry.Gateway.Http;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Ports;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Gantry.Telemetry;
using Gantry.Wire;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gantry.Gateway;

/// <summary>Puts the gateway into an application.</summary>
public static class GatewaySetup
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Adds what the gateway consists of. It finds in the container: the board, the reconciler,
        /// the runtime, the server logs and the clock; and the audit log's files, if there shall be
        /// one.
        /// </summary>
        public IServiceCollection AddGateway(GatewayLimits limits)
        {
            services.AddSingleton(limits);
            services.AddFrontDoor();
            services.TryAddSingleton<SessionHandshakes>();
            services.TryAddSingleton<WireTaps>();
            services.TryAddSingleton<DemandOf>(from =>
                from.GetRequiredService<Reconciler>().Demand
            );
            services.AddSingleton<Router>();
            services.AddSingleton<CoarseClock>();
            services.AddSingleton<SessionTable>();
            services.AddFlow();
            services.AddSingleton<Dispatcher>();
            services.AddSingleton<GatewayMeter>();
            services.AddSingleton(from => new AuditLog(
                from.GetService<AuditFiles>(),
                from.GetRequiredService<TimeProvider>(),
                from.GetRequiredService<ILogger<AuditLog>>()
            ));
            services.AddHostedService(from => from.GetRequiredService<AuditLog>());
            services.AddSingleton<Ledger>();
            services.AddSingleton<Serving>();
            services.AddSingleton<Introduction>();
            services.AddSingleton<MessageLog>();
            services.AddSingleton<Rounds>();
            services.AddSingleton<Upstreams>();
            services.AddSingleton<Lines>();
            services.AddModern();
            services.AddSingleton<Peers>();
            services.AddSingleton<PeerLinks>();
            services.AddSingleton<Forwarding>();
            services.AddSingleton<Detours>();
            services.AddHostedService<Listeners>();
            services.AddHostedService<Housekeeping>();
            return services.AddAggregate().AddHttp().AddDuplex().AddPorts();
        }

        private IServiceCollection AddAggregate()
        {
            services.TryAddSingleton(new KnowledgeFiles(null));
            services.AddSingleton<Views>();
            services.AddSingleton<Catalogue>();
            services.AddSingleton<Announcer>();
            services.AddHostedService(from => from.GetRequiredService<Announcer>());
            services.AddSingleton<Fetching>();
            services.AddSingleton<OwnLists>();
            services.AddSingleton<Shelves>();
            services.AddSingleton<ListWatch>();
            services.AddSingleton<Resources>();
            services.AddSingleton<OwnInstances>();
            services.AddSingleton<Patience>();
            services.AddSingleton<Greeting>();
            services.AddSingleton<Seating>();
            return services.AddSingleton<Aggregation>();
        }

        private void AddModern()
        {
            services.TryAddSingleton(_ => StateSeal.Fleeting());
            services.AddSingleton<Callers>();
            services.AddSingleton<Leases>();
            services.AddSingleton<Parking>();
            services.AddSingleton<Asking>();
            services.AddSingleton<Watching>();
            services.AddSingleton<ParameterRules>();
            services.AddSingleton<ListenServing>();
            services.AddSingleton<SharedServing>();
            services.AddSingleton<Tuning>();
            services.AddSingleton<Lending>();
            services.AddSingleton<JoinedListening>();
            services.AddSingleton<JoinedServing>();
            services.AddSingleton<ModernEntry>();
            services.AddSingleton<Upkeep>();
        }

        private void AddFlow()
        {
            services.AddSingleton<KeptResults>();
            services.AddSingleton<AnswerCache>();
            services.AddSingleton<Lanes>();
            services.AddSingleton<Turns>();
            services.AddSingleton<FlowControl>();
        }

        private IServiceCollection AddHttp()
        {
            services.AddSingleton<ModernPost>();

            services.AddSingleton<SessionLookup>();
            services.AddSingleton<Envelopes>();
            services.AddSingleton<BatchServing>();
            services.AddSingleton<WelcomeEndpoint>();
            services.AddSingleton<SessionPost>();
            services.AddSingleton<PostEndpoint>();
            services.AddSingleton<StreamEndpoint>();
            services.AddSingleton<StreamableEndpoint>();
            services.AddSingleton<Switchboard>();
            return services.AddSingleton<HttpFront>();
        }

        private IServiceCollection AddDuplex()
        {
            services.AddSingleton<ModernMessages>();
            services.AddSingleton<DuplexParts>();
            services.AddSingleton<Conversations>();
            services.AddSingleton<SseEndpoint>();
            services.AddSingleton<MessageEndpoint>();
            return services.AddSingleton<WebSocketEndpoint>();
        }

        private IServiceCollection AddPorts()
        {
            services.TryAddSingleton(new PortPlace(IPAddress.Loopback));
            services.AddSingleton<PortHealth>();
            services.AddSingleton<PortFront>();
            services.AddSingleton<PortListeners>();
            return services.AddHostedService<PortLoop>();
        }
    }

    /// <summary>Serves one server to all clients, at the paths that a port of its own has. Whoever
    /// administers passes by.</summary>
    public static IApplicationBuilder UseServerAlone(
        this IApplicationBuilder app,
        ServerName server
    )
    {
        var alone = app.ApplicationServices.GetRequiredService<PortFront>().For(server);
        return app.Use(next =>
            context =>
                Doorstep.Of(context) is { Listener.IsTrusted: true }
                    ? next(context)
                    : alone(context)
        );
    }

    /// <summary>
    /// Serves everything under <c>/mcp</c> and passes on the rest. To be called before
    /// <c>UseRouting</c>, so that a call to a server does not pass through it.
    /// </summary>
    public static IApplicationBuilder UseGateway(this IApplicationBuilder app)
    {
        var front = app.ApplicationServices.GetRequiredService<HttpFront>();
        return app.Use(next =>
            context =>
                HttpFront.Covers(context.Request.Path) ? front.HandleAsync(context) : next(context)
        );
    }
}
