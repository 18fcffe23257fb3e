using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Gantry.EndToEnd.Harness;

namespace Gantry.EndToEnd.Replicas;

/// <summary>Several daemons of one configuration, and nginx in front of them.</summary>
internal sealed partial class Company : IAsyncDisposable
{
    private Company(ImmutableArray<GantryDaemon> replicas, RoundRobin front) =>
        (Replicas, Front) = (replicas, front);

    public ImmutableArray<GantryDaemon> Replicas { get; }

    public RoundRobin Front { get; }

    /// <param name="arguments">Of <c>gantry up</c>.</param>
    public static async Task<Company> UpAsync(
        string home,
        string mark,
        string[] arguments,
        CancellationToken cancellationToken
    )
    {
        var replicas = ImmutableArray.CreateBuilder<GantryDaemon>();
        foreach (var name in (string[])["one", "two"])
        {
            var place = Directory.CreateDirectory(Path.Combine(home, name));
            replicas.Add(
                await GantryDaemon.UpAsync(place.FullName, mark, arguments, cancellationToken)
            );
        }

        var front = await RoundRobin.StartAsync(
            Path.Combine(home, "nginx"),
            [.. replicas.Select(replica => replica.Address)],
            cancellationToken
        );
        return new(replicas.ToImmutable(), front);
    }

    /// <summary>How many requests each of them passed on and had answered.</summary>
    public async Task<ImmutableArray<int>> ForwardedAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var counts = ImmutableArray.CreateBuilder<int>();
        foreach (var replica in Replicas)
        {
            var address = new Uri(replica.Address, "/metrics");
            var text = await http.GetStringAsync(address, cancellationToken);
            var found = Forwarded.Match(text).Groups["count"].Value;
            counts.Add(found.Length == 0 ? 0 : int.Parse(found, CultureInfo.InvariantCulture));
        }

        return counts.ToImmutable();
    }

    public async ValueTask DisposeAsync()
    {
        await Front.DisposeAsync();
        foreach (var replica in Replicas)
        {
            await replica.DisposeAsync();
        }
    }

    [GeneratedRegex("""gantry_requests_forwarded_total\{outcome="answered"\} (?<count>\d+)""")]
    private static partial Regex Forwarded { get; }
}
