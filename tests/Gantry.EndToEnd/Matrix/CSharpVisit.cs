using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using SdkClient = ModelContextProtocol.Client.McpClient;

namespace Gantry.EndToEnd.Matrix;

/// <summary>All that one cell does with one server.</summary>
/// <param name="server">The server among several; null for one alone.</param>
internal sealed class CSharpVisit(
    SdkClient client,
    CSharpUser user,
    string? server,
    List<string> steps
)
{
    public async Task DoEverythingAsync(CancellationToken cancellationToken)
    {
        await ListAsync(cancellationToken);
        await SaysAsync("text", "test_simple_text", "simple text response", cancellationToken);
        await ProgressAsync(cancellationToken);
        const string Asking = "test_input_required_result_";
        await SaysAsync("elicitation", $"{Asking}elicitation", "Ann", cancellationToken);
        await SaysAsync("sampling", $"{Asking}sampling", "Paris", cancellationToken);
        await ReadAsync(cancellationToken);
        await PromptAsync(cancellationToken);
        await ErrAsync(cancellationToken);
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var tools = await client.ListToolsAsync(cancellationToken: cancellationToken);
        Done("list", tools.Any(tool => tool.Name == Named("test_simple_text")));
    }

    private async Task SaysAsync(
        string step,
        string tool,
        string text,
        CancellationToken cancellationToken
    )
    {
        var result = await CallAsync(tool, cancellationToken);
        Done(
            step,
            result.Content[0] is TextContentBlock block
                && block.Text.Contains(text, StringComparison.Ordinal)
        );
    }

    private async Task ProgressAsync(CancellationToken cancellationToken)
    {
        await client.CallToolAsync(
            Named("test_tool_with_progress"),
            progress: new Progress<ProgressNotificationValue>(),
            cancellationToken: cancellationToken
        );
        // The client hands each to a task of its own, so one may overtake another in there.
        var seen = new HashSet<double>();
        for (var step = 0; step < 3; step++)
        {
            seen.Add(await user.NextProgressAsync(cancellationToken));
        }

        Done("progress", seen.SetEquals([0, 50, 100]));
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var uri = At("test://static-text");
        var read = await client.ReadResourceAsync(uri, cancellationToken: cancellationToken);
        Done("resource", read.Contents[0] is TextResourceContents found && found.Uri == uri);
    }

    private async Task PromptAsync(CancellationToken cancellationToken)
    {
        var arguments = new Dictionary<string, object?> { ["arg1"] = "one", ["arg2"] = "two" };
        var prompt = await client.GetPromptAsync(
            Named("test_prompt_with_arguments"),
            arguments,
            cancellationToken: cancellationToken
        );
        Done(
            "prompt",
            prompt.Messages[0].Content is TextContentBlock block
                && block.Text.Contains("arg1='one', arg2='two'", StringComparison.Ordinal)
        );
    }

    private async Task ErrAsync(CancellationToken cancellationToken)
    {
        var result = await CallAsync("test_error_handling", cancellationToken);
        Done("errors", result.IsError is true && await IsRefusedAsync(cancellationToken));
    }

    private async Task<bool> IsRefusedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.ReadResourceAsync(
                At("test://nothing"),
                cancellationToken: cancellationToken
            );
            return false;
        }
        catch (McpProtocolException exception)
        {
            return exception.ErrorCode
                is McpErrorCode.ResourceNotFound
                    or McpErrorCode.InvalidParams;
        }
    }

    private async Task<CallToolResult> CallAsync(
        string tool,
        CancellationToken cancellationToken
    ) => await client.CallToolAsync(Named(tool), cancellationToken: cancellationToken);

    private string Named(string name) => server is null ? name : $"{server}__{name}";

    private string At(string uri) => server is null ? uri : $"{server}+{uri}";

    private void Done(string step, bool isRight)
    {
        CellException.Unless(isRight, $"{step} is not what it should be");
        steps.Add(step);
    }
}
