using System.Collections.Immutable;
using Gantry.Config;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>What there is of one server's list at this moment.</summary>
/// <param name="Listing">Null when nothing is known.</param>
/// <param name="Why">Why it is not as it should be; null when all is well.</param>
/// <param name="IsComing">Whether clients will be told when it is.</param>
internal sealed record Shelf(ServerName Server, Listing? Listing, string? Why, bool IsComing)
{
    private ImmutableArray<Entry> Entries => Listing is null ? default : Listing.Entries;

    public static Shelf Of(ServerName server, Listing listing) => new(server, listing, null, false);

    /// <summary>Whether an answer made of the other one is right for this, too. Until when a list
    /// holds is not in the answer.</summary>
    public bool IsLike(Shelf other) =>
        Server == other.Server
        && Entries == other.Entries
        && IsComing == other.IsComing
        && string.Equals(Why, other.Why, StringComparison.Ordinal);
}
