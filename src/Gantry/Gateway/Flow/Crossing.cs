using Gantry.Gateway.Calls;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>One request's way through a lane that looks at requests and responses.</summary>
internal sealed class Crossing(Lane lane, KeptResults kept)
{
    private Recall? _recall;

    /// <summary>An answer without a call; null when the call must be made.</summary>
    public async ValueTask<byte[]?> AnswerAsync(Exchange exchange, CancellationToken aborted)
    {
        if (ToolFilter.Refuse(exchange, lane.Tools) is { } refusal)
        {
            return refusal;
        }

        if (
            lane.Budget is not null
            && Continuation.Answer(exchange, lane.Desired.Name, kept) is { } page
        )
        {
            return page;
        }

        _recall = lane.Memory?.Begin(exchange);
        return _recall is { } recall && lane.Memory is { } memory
            ? await memory.FindAsync(exchange, recall, aborted)
            : null;
    }

    /// <summary>The response as the client may have it, in the place of the server's.</summary>
    public Frame Treat(Exchange exchange, Frame response)
    {
        var left = ToolFilter.Apply(exchange, lane.Tools, response);
        return lane.Budget?.Apply(exchange, left) ?? left;
    }

    /// <summary>Remembers the response as the client reads it.</summary>
    public void Note(Exchange exchange, Frame response) =>
        lane.Memory?.Note(exchange, _recall, response);

    /// <summary>The request is over, whatever became of it.</summary>
    public void End()
    {
        if (_recall is { } recall)
        {
            lane.Memory?.End(recall);
        }
    }
}
