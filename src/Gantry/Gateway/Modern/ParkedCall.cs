using System.Collections.Immutable;
using Gantry.Gateway.Eras;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>
/// A call at a server with sessions that waits for what its client was asked, and holds its
/// instance meanwhile.
/// </summary>
internal sealed record ParkedCall(Lease Lease, Call Call, ImmutableArray<Question> Questions)
{
    /// <summary>How many questions the call has asked so far.</summary>
    public required int Asked { get; init; }

    /// <summary>How what comes back is made such that the client understands it.</summary>
    public required Bridge? Bridge { get; init; }

    // Until then the request that parked it still reads what the call holds.
    private readonly TaskCompletionSource _settled = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    /// <summary>Completes when the request that parked it is over.</summary>
    public Task Settled => _settled.Task;

    public void Settle() => _settled.TrySetResult();

    /// <summary>Whether this request asks again for what that call is about.</summary>
    public bool IsFor(Frame request) =>
        IsEqual(request, request.Method, Call.Request.Method)
        && IsEqual(request, request.Name, Call.Request.Name)
        && IsEqual(request, request.Uri, Call.Request.Uri);

    private bool IsEqual(Frame request, Slot one, Slot other) =>
        request[one].SequenceEqual(Call.Request[other]);
}
