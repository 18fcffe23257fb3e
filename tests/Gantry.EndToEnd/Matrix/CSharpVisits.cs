using System.Collections.Immutable;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using SdkClient = ModelContextProtocol.Client.McpClient;

namespace Gantry.EndToEnd.Matrix;

/// <summary>The C# client, in this process.</summary>
internal static class CSharpVisits
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static bool Has(Cell cell) => cell.Client == Clients.CSharp;

    public static async Task<ImmutableArray<Outcome>> VisitAsync(
        IEnumerable<Cell> cells,
        CancellationToken cancellationToken
    )
    {
        var outcomes = ImmutableArray.CreateBuilder<Outcome>();
        foreach (var cell in cells)
        {
            outcomes.Add(await VisitAsync(cell, cancellationToken));
        }

        return outcomes.ToImmutable();
    }

    private static async Task<Outcome> VisitAsync(Cell cell, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        var steps = new List<string>();
        try
        {
            await VisitAsync(cell, steps, patience.Token);
            return new(cell.Name, true, string.Join(' ', steps));
        }
        catch (Exception exception)
            when (exception
                    is McpException
                        or IOException
                        or HttpRequestException
                        or TimeoutException
                        or OperationCanceledException
                        or CellException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return new(cell.Name, false, $"after {steps.LastOrDefault()}: {exception.Message}");
        }
    }

    private static async Task VisitAsync(
        Cell cell,
        List<string> steps,
        CancellationToken cancellationToken
    )
    {
        var user = new CSharpUser();
        var options = user.Options();
        options.ProtocolVersion = cell.Era switch
        {
            Eras.Legacy => Cell.Oldest,
            Eras.Pinned => Cell.Newest,
            _ => null,
        };
        await using var client = await SdkClient.CreateAsync(
            Transport(cell),
            options,
            cancellationToken: cancellationToken
        );
        CellException.Unless(
            client.NegotiatedProtocolVersion == cell.Revision,
            $"it agreed on {client.NegotiatedProtocolVersion}"
        );
        steps.Add(cell.Revision);
        foreach (var server in cell.Column.Servers)
        {
            var visit = new CSharpVisit(client, user, server, steps);
            await visit.DoEverythingAsync(cancellationToken);
        }
    }

    private static IClientTransport Transport(Cell cell) =>
        cell.IsStdio
            ? new StdioClientTransport(
                new() { Command = cell.Column.Stdio[0], Arguments = [.. cell.Column.Stdio.Skip(1)] }
            )
            : new HttpClientTransport(
                new()
                {
                    Endpoint = new(cell.Column.Url(cell.Transport)),
                    TransportMode =
                        cell.Transport == Transports.Sse
                            ? HttpTransportMode.Sse
                            : HttpTransportMode.StreamableHttp,
                }
            );
}

/// <summary>Something was not as it must be in a cell.</summary>
internal sealed class CellException(string message) : Exception(message)
{
    public static void Unless(bool isRight, string problem)
    {
        if (!isRight)
        {
            throw new CellException(problem);
        }
    }
}
