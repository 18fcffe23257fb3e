using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

#pragma warning disable MCP9005 // Sampling is on its way out of the protocol, and in use until then.

namespace Gantry.EndToEnd.Matrix;

/// <summary>Who sits at the C# client: answers what is asked, and sees the progress.</summary>
internal sealed class CSharpUser
{
    private readonly Channel<double> _progress = Channel.CreateUnbounded<double>();

    public McpClientOptions Options() =>
        new()
        {
            ClientInfo = new() { Name = "gantry-matrix-csharp", Version = "1.0.0" },
            Handlers = new()
            {
                ElicitationHandler = (_, _) => ValueTask.FromResult(Form()),
                SamplingHandler = (_, _, _) => ValueTask.FromResult(Sample()),
                NotificationHandlers =
                [
                    new(NotificationMethods.ProgressNotification, NoteProgressAsync),
                ],
            },
        };

    public ValueTask<double> NextProgressAsync(CancellationToken cancellationToken) =>
        _progress.Reader.ReadAsync(cancellationToken);

    private static ElicitResult Form() =>
        new()
        {
            Action = "accept",
            Content = new Dictionary<string, JsonElement>
            {
                ["name"] = JsonElement.Parse("\"Ann\""),
            },
        };

    private static CreateMessageResult Sample() =>
        new()
        {
            Role = Role.Assistant,
            Model = "none",
            Content = [new TextContentBlock { Text = "Paris" }],
        };

    private async ValueTask NoteProgressAsync(
        JsonRpcNotification notification,
        CancellationToken cancellationToken
    ) =>
        await _progress.Writer.WriteAsync(
            notification.Params?["progress"]?.GetValue<double>() ?? double.NaN,
            cancellationToken
        );
}
