using System.IO.Pipelines;
using System.Text;
using Gantry.Runtimes;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;
using Xunit;

namespace Gantry.Tests.Runtimes.Stdio;

public sealed class StdioConnectionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 10_000)]
    public async Task A_call_that_waits_for_a_server_that_does_not_read_can_be_given_up()
    {
        var full = new Pipe(new(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var connection = Make(full, new Pipe());
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);

        var opening = connection.OpenAsync(Request(), Envelope.Own, patience.Token);
        Assert.False(opening.IsCompleted);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await opening);
        Assert.Equal(0, connection.Gate.CallsInside);
    }

    [Theory(Timeout = 10_000)]
    [InlineData("""{"jsonrpc":"2.0","id":ID,"error":{"code":"x","message":""}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":ID,"result":{"protocolVersion":"\\ud800"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":ID,"result":{"deep":DEEP}}""")]
    public async Task A_strange_answer_to_the_handshake_is_a_failed_handshake(string answer)
    {
        var (input, output) = (new Pipe(), new Pipe());
        var connection = Make(input, output);
        var reading = connection.ReadAsync(Cancelled);
        var shaking = Handshaker.RunAsync(connection, Handshaker.SharedParams, Cancelled);

        using var lines = new StreamReader(input.Reader.AsStream());
        using var request = Frame.Parse(
            Encoding.UTF8.GetBytes(await lines.ReadLineAsync(Cancelled) ?? "")
        );
        var id = Encoding.UTF8.GetString(request[request.Id]);
        var deep = new string('[', 200) + new string(']', 200);
        var text = answer.Replace("ID", id).Replace("DEEP", deep) + "\n";
        await output.Writer.WriteAsync(Encoding.UTF8.GetBytes(text), Cancelled);

        await Assert.ThrowsAsync<HandshakeException>(() => shaking);
        await output.Writer.CompleteAsync();
        await reading;
    }

    private static StdioConnection Make(Pipe input, Pipe output) =>
        new(
            new InstanceId("test-1"),
            incarnation: 1,
            new(input.Writer.AsStream(), output.Reader.AsStream(), MaxFrameSize: 1024 * 1024),
            static _ => { },
            TimeProvider.System,
            new WireTap(TimeProvider.System)
        );

    private static Frame Request() => Frame.Parse("""{"jsonrpc":"2.0","id":1,"method":"x"}"""u8);
}
