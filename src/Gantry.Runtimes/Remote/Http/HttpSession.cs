namespace Gantry.Runtimes.Remote.Http;

/// <summary>What every request after <c>initialize</c> says of the conversation that it belongs
/// to.</summary>
/// <param name="Id">Null when the server keeps none.</param>
internal sealed record HttpSession(string? Id, string Revision)
{
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; } =
        Id is null
            ? [new(ProtocolHeaders.Revision, Revision)]
            : [new(ProtocolHeaders.Revision, Revision), new(ProtocolHeaders.Session, Id)];
}
