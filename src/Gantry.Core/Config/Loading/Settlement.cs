using Gantry.Config.Problems;

namespace Gantry.Config.Loading;

/// <summary>
/// Decides between claims that exclude each other. Who runs already stays and the newcomer is the
/// error; when nobody does, nobody gets it, since any choice would be a guess.
/// </summary>
internal sealed class Settlement(ConfigSnapshot? previous, List<Diagnostic> diagnostics)
{
    private const string OtherStays = "that one stays, because it was there first";
    private const string LastStays = "what ran before stays";
    private const string Nobody = "neither runs";

    public List<Claim> Settle(IEnumerable<Claim> claims)
    {
        var named = claims.GroupBy(claim => claim.Name).SelectMany(SettleName).ToList();
        var free = named.Where(claim => claim.Port is null);
        var ported = named.Where(claim => claim.Port is not null).GroupBy(claim => claim.Port);
        return [.. free, .. ported.SelectMany(SettlePort)];
    }

    private Desired? Before(ServerName name) => previous?.Servers.GetValueOrDefault(name);

    private IEnumerable<Claim> SettleName(IGrouping<ServerName, Claim> rivals)
    {
        List<Claim> all = [.. rivals];
        if (all.Count == 1)
        {
            return all;
        }

        var before = Before(rivals.Key);
        var first = all.FindAll(claim => claim.Place.File == before?.Spec.Place.File);
        var outcome =
            first.Count == 1 ? OtherStays
            : first.Count > 1 ? LastStays
            : Nobody;
        var winner = first.Count == 1 ? first[0] : null;
        Report(all, winner, other => ServerFaults.DuplicateName(rivals.Key, other.Place, outcome));
        return winner is not null ? [winner]
            : first.Count > 1 && before is not null ? [Claim.Kept(before)]
            : [];
    }

    private IEnumerable<Claim> SettlePort(IGrouping<int?, Claim> rivals)
    {
        List<Claim> all = [.. rivals];
        if (all.Count == 1 || rivals.Key is not { } port)
        {
            return all;
        }

        var first = all.FindAll(claim => Before(claim.Name)?.Spec.Port == port);
        var winner = first.Count == 1 ? first[0] : null;
        var outcome = winner is null ? Nobody : OtherStays;
        Report(
            all,
            winner,
            other => ServerFaults.DuplicatePort(port, other.PortPlace, other.Name, outcome),
            claim => claim.PortPlace
        );
        return [.. winner is null ? [] : new[] { winner }, .. Fallbacks(all, port)];
    }

    // A server that was edited into the conflict goes on as it was before the edit.
    private IEnumerable<Claim> Fallbacks(List<Claim> rivals, int port) =>
        rivals
            .Select(claim => Before(claim.Name))
            .OfType<Desired>()
            .Where(before => before.Spec.Port != port)
            .Select(Claim.Kept);

    private void Report(
        List<Claim> rivals,
        Claim? winner,
        Func<Claim, Fault> fault,
        Func<Claim, Place>? place = null
    )
    {
        foreach (var claim in rivals.Where(claim => claim != winner))
        {
            var other = winner ?? rivals.First(rival => rival != claim);
            diagnostics.Add(fault(other).At(place?.Invoke(claim) ?? claim.Place, claim.Name));
        }
    }
}
