using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Gantry.Config;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry.Tracing;

/// <summary>Turns what one viewer sees of a server into lines that may be shown.</summary>
internal sealed class TraceFeed(WireTaps taps, Board board, IRuntime runtime, TimeProvider time)
{
    /// <summary>How much of a frame is shown unless all of it is asked for.</summary>
    public const int MaxShown = 4096;

    // To gather a server's secrets takes longer than to look for them in one frame.
    private readonly ConcurrentDictionary<ServerName, Known> _redactors = new();

    /// <summary>Every frame from now on; first of all the header.</summary>
    /// <param name="budget">About how many bytes of a frame to show.</param>
    public async IAsyncEnumerable<TraceEvent> FollowAsync(
        ServerName server,
        TapViewer viewer,
        int budget,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        yield return new(
            "header",
            TraceText.Header(server, RevisionOf(server), time.GetUtcNow(), Cli.ProductVersion.Text)
        );
        var requests = new OpenRequests(time);
        await foreach (var (sighting, lost) in viewer.ReadAsync(cancellationToken))
        {
            if (lost > 0)
            {
                yield return new("lost", TraceText.Lost(lost));
            }

            if (sighting is not null)
            {
                var redactor = RedactorOf(server);
                var redacted = redactor.Redact(sighting.Utf8.Span, budget);
                var answered = requests.Match(sighting);
                var shown = sighting with { Id = redactor.HideId(sighting.Id) };
                yield return new("frame", TraceText.Of(shown, answered, redacted));
            }
        }
    }

    /// <summary>Knows the secrets of this server, and those of its instances that still run with
    /// an earlier configuration.</summary>
    public Redactor RedactorOf(ServerName server) =>
        _redactors
            .AddOrUpdate(
                server,
                static (server, feed) => feed.MakeRedactor(server),
                static (server, known, feed) =>
                    feed.IsUpToDate(server, known) ? known : feed.MakeRedactor(server),
                this
            )
            .Redactor;

    private ServerSpec? SpecOf(ServerName server) =>
        board.Current.Config.Servers.GetValueOrDefault(server)?.Spec;

    private Known MakeRedactor(ServerName server)
    {
        var (remembered, spec) = (taps.SecretsOf(server), SpecOf(server));
        var present = spec is null ? SecretTexts.None : SecretTexts.Of(spec);
        return new(remembered, spec, new(remembered.With(present)));
    }

    private bool IsUpToDate(ServerName server, Known known) =>
        ReferenceEquals(known.Remembered, taps.SecretsOf(server))
        && ReferenceEquals(known.Spec, SpecOf(server));

    private string? RevisionOf(ServerName server) =>
        board
            .Current.Servers.GetValueOrDefault(server)
            ?.Instances.Where(instance => instance.Phase is Phase.Ready)
            .Select(instance => runtime.Connect(instance.Id)?.Handshake.Dialect.Revision)
            .FirstOrDefault(revision => revision is not null);

    private sealed record Known(SecretTexts Remembered, ServerSpec? Spec, Redactor Redactor);
}

/// <param name="Name">The kind of event.</param>
/// <param name="Json">One line.</param>
internal readonly record struct TraceEvent(string Name, string Json);
