using System.Net.Http;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>
/// The transport of 2024-11-05: one stream on which all comes, and an address that is told on it
/// to which all goes.
/// </summary>
internal sealed class SseConnection : RemoteConnection
{
    private readonly EventStream _events;
    private readonly TaskCompletionSource<Uri> _endpoint = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private Task _reading = Task.CompletedTask;

    public SseConnection(RemoteContext context)
        : base(context) => _events = new(TryParse, context.MaxFrameSize);

    /// <inheritdoc/>
    public override async Task IntroduceAsync(CancellationToken cancellationToken)
    {
        _reading = ReadAsync();
        await Task.WhenAny(_endpoint.Task, Lost).WaitAsync(cancellationToken);
        Handshake = await Handshaker.RunAsync(this, Context.InitializeParams, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask SendAsync(Frame frame, CancellationToken cancellationToken) =>
        await TellAsync(BodyOf(frame, default, default, default), cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _reading;
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override async Task ServeAsync(RemoteCall call, Envelope envelope)
    {
        var number = call.Utf8Number;
        var request = await PostAsync(BodyOf(call.Request, number, number, default));
        using var response = await Origin.SendAsync(request, envelope, call.Over);
        if (!response.IsSuccessStatusCode)
        {
            Answer(call, await Answers.RefusalAsync(response, call, Origin.Shown), atOnce: true);
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask TellCancelledAsync(
        RemoteCall call,
        Frame? notification,
        CancellationToken cancellationToken
    )
    {
        using var own = Cancellation.NewFrame();
        var body = BodyOf(notification ?? own, default, default, call.Utf8Number);
        await TellAsync(body, cancellationToken);
    }

    private async Task TellAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        try
        {
            var request = await PostAsync(body);
            using var response = await Origin.SendAsync(request, Envelope.Own, cancellationToken);
        }
        catch (Exception exception) when (Failures.Explain(exception, Origin.Shown) is { } failure)
        {
            throw new InstanceGoneException($"{Instance}: {failure.Reason}");
        }
    }

    // Known before anybody calls.
    private async ValueTask<OriginRequest> PostAsync(ReadOnlyMemory<byte> body) =>
        new(HttpMethod.Post, await _endpoint.Task) { Accept = Bodies.Either, Body = body };

    private async Task ReadAsync()
    {
        try
        {
            await HearAsync();
            Lose($"{Origin.Shown} ended its stream.");
        }
        catch (OperationCanceledException) when (Over.IsCancellationRequested)
        {
            // The conversation is over.
        }
        catch (Exception exception) when (Failures.Explain(exception, Origin.Shown) is { } failure)
        {
            Lose(failure.Reason);
        }
    }

    private async Task HearAsync()
    {
        var request = new OriginRequest(HttpMethod.Get, Origin.Url) { Accept = Bodies.Events };
        using var response = await Origin.SendAsync(request, Envelope.Own, Over);
        if (!response.IsSuccessStatusCode || !Bodies.Is(response, Bodies.Events))
        {
            throw new OriginAnswerException(Answers.Describe(response, Origin.Shown));
        }

        var stream = await response.Content.ReadAsStreamAsync(Over);
        await foreach (var one in _events.ReadAsync(stream, NoteSign, new(), Over))
        {
            if (one.Text is { } endpoint)
            {
                _endpoint.TrySetResult(Judge(endpoint));
            }
            else if (one.Frame is { } frame)
            {
                Take(frame, stream: null);
            }
        }
    }

    // Headers and credentials are for this origin alone, whatever it says.
    private Uri Judge(string endpoint) =>
        Uri.TryCreate(Origin.Url, endpoint.Trim(), out var uri) && Origin.IsMine(uri)
            ? uri
            : throw new OriginAnswerException(
                $"{Origin.Shown} wants its messages sent to another origin, which is not done."
            );
}
