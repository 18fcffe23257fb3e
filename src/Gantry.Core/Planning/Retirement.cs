using System.Globalization;
using Gantry.Runtimes;

namespace Gantry.Planning;

/// <summary>How an instance leaves: it drains, is stopped, and is killed if it must be.</summary>
internal static class Retirement
{
    /// <summary>The first step for an instance that is up: one that serves may finish its calls.</summary>
    public static Step Begin(Instance instance, DateTimeOffset now, string why) =>
        instance.Phase is Phase.Ready
            ? new Step.Drain(instance.Id, now.Plus(instance.StopPolicy.DrainTimeout), why)
            {
                Seen = Sighting.Of(instance),
            }
            : Stop(instance, now, Cause.Asked, why);

    /// <summary>The next step for one on its way out; null while there is patience.</summary>
    public static Step? Next(Instance instance, DateTimeOffset now)
    {
        var overdue = now >= PatienceEnds(instance);
        return instance.Phase switch
        {
            Phase.Draining when instance.CallsInFlight == 0 => Stop(
                instance,
                now,
                Cause.Asked,
                instance.Reason ?? "drained"
            ),
            Phase.Draining when overdue => Stop(instance, now, Cause.Asked, CutOff(instance)),
            Phase.Stopping when overdue => new Step.Kill(
                instance.Id,
                $"still there {Text(instance.StopPolicy.Grace)} after it was asked to leave"
            )
            {
                Seen = Sighting.Of(instance),
            },
            _ => null,
        };
    }

    public static Step.Stop Stop(Instance instance, DateTimeOffset now, Cause cause, string why) =>
        new(instance.Id, now.Plus(instance.StopPolicy.Grace), cause, why)
        {
            Seen = Sighting.Of(instance),
        };

    /// <summary>When the next harder step is due for one that drains or stops.</summary>
    public static DateTimeOffset PatienceEnds(Instance instance) =>
        instance.Deadline
        ?? instance.Since.Plus(
            instance.Phase is Phase.Draining
                ? instance.StopPolicy.DrainTimeout
                : instance.StopPolicy.Grace
        );

    /// <summary>Why an instance is not what is wanted now; null when it is.</summary>
    public static string? WhyStale(Facts facts, Instance instance) =>
        instance.Hash != facts.Desired?.Hash ? "config changed"
        : instance.Generation != facts.Intent.Generation ? "restart asked"
        : null;

    public static string Text(TimeSpan span) =>
        span < TimeSpan.FromMinutes(2)
            ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s")
            : string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0.#} min");

    private static string CutOff(Instance instance) =>
        $"{instance.Reason ?? "drained"}; {instance.CallsInFlight} calls cut off after "
        + Text(instance.StopPolicy.DrainTimeout);
}
