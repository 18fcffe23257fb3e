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
                var redacted = RedactorOf(server).Redact(sighting.Utf8.Span, budget);
                var answered = requests.Match(sighting);
                yield return new("frame", TraceText.Of(sighting, answered, redacted));
            }
        }
    }

    /// <summary>Knows the secrets of this server, and those of its instances that still run with
    /// an earlier configuration.</summary>
    public Redactor RedactorOf(ServerName server)
    {
        var remembered = taps.SecretsOf(server);
        return board.Current.Config.Servers.GetValueOrDefault(server) is { } desired
            ? new(remembered.With(SecretTexts.Of(desired.Spec)))
            : new(remembered);
    }

    private string? RevisionOf(ServerName server) =>
        board
            .Current.Servers.GetValueOrDefault(server)
            ?.Instances.Where(instance => instance.Phase is Phase.Ready)
            .Select(instance => runtime.Connect(instance.Id)?.Handshake.Dialect.Revision)
            .FirstOrDefault(revision => revision is not null);
}

/// <param name="Name">The kind of event.</param>
/// <param name="Json">One line.</param>
internal readonly record struct TraceEvent(string Name, string Json);
