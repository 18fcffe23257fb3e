using System.IO.Pipelines;
using System.Text;
using Gantry.Config;
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

    [Theory(Timeout = 10_000)]
    [InlineData(false, false, "initialize notifications/initialized")]
    [InlineData(false, true, "initialize server/discover")]
    [InlineData(true, true, "server/discover")]
    [InlineData(true, false, "server/discover initialize notifications/initialized")]
    public async Task A_server_is_asked_first_as_it_was_the_last_time(
        bool wasModern,
        bool isModern,
        string asked
    )
    {
        var eras = new EraMemory();
        var spec = new SpecHash("spec");
        eras.Note(spec, wasModern ? Dialect.NewestWithoutSessions : Dialect.NewestWithSessions);
        var (input, output) = (new Pipe(), new Pipe());
        var connection = Make(input, output);
        var reading = connection.ReadAsync(Cancelled);
        var shaking = Handshaker.RunAsync(
            connection,
            Handshaker.SharedParams,
            eras.IsModern(spec),
            Cancelled
        );

        var seen = await AnswerAsync(input, output, isModern, asked.Split(' ').Length);
        var handshake = await shaking;

        Assert.Equal(asked, string.Join(' ', seen));
        Assert.Equal(isModern, !handshake.Dialect.HasSessions);
        await output.Writer.CompleteAsync();
        await reading;
    }

    [Fact(Timeout = 10_000)]
    public async Task A_server_that_refuses_both_is_quoted_with_what_it_said_to_the_likelier()
    {
        var (input, output) = (new Pipe(), new Pipe());
        var connection = Make(input, output);
        var reading = connection.ReadAsync(Cancelled);
        var shaking = Handshaker.RunAsync(connection, Handshaker.SharedParams, Cancelled);

        await AnswerAsync(input, output, isModern: null, 2);

        var refused = await Assert.ThrowsAsync<HandshakeException>(() => shaking);
        Assert.StartsWith("It refused 'initialize'", refused.Message, StringComparison.Ordinal);
        await output.Writer.CompleteAsync();
        await reading;
    }

    [Theory(Timeout = 10_000)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task What_is_logged_reaches_the_only_request_that_asked_for_it(
        bool isModern,
        int askers
    )
    {
        var (input, output) = (new Pipe(), new Pipe());
        var connection = Make(input, output);
        connection.Handshake = new(
            isModern ? Dialect.NewestWithoutSessions : Dialect.NewestWithSessions,
            "{}"u8.ToArray()
        );
        var reading = connection.ReadAsync(Cancelled);
        using var other = await connection.OpenAsync(Request(), Envelope.Own, Cancelled);
        var calls = new List<Call?>();
        for (var i = 0; i < askers; i++)
        {
            var asking = Frame.Parse(
                """{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"io.modelcontextprotocol/logLevel":"info"}}}"""u8
            );
            calls.Add(await connection.OpenAsync(asking, Envelope.Own, Cancelled));
        }

        await output.Writer.WriteAsync(
            """{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}"""u8.ToArray(),
            Cancelled
        );
        await output.Writer.WriteAsync("\n"u8.ToArray(), Cancelled);
        await output.Writer.CompleteAsync();
        await reading;

        var isFor = isModern && askers == 1;
        Assert.Equal(isFor, calls[0]?.TryRead() is not null);
        Assert.Equal(!isFor, connection.Unsolicited.TryRead(out _));
        Assert.Null(other?.TryRead());
    }

    /// <param name="isModern">Null for a server that knows nothing.</param>
    private static async Task<List<string>> AnswerAsync(
        Pipe input,
        Pipe output,
        bool? isModern,
        int count
    )
    {
        var seen = new List<string>();
        using var lines = new StreamReader(input.Reader.AsStream());
        while (seen.Count < count && await lines.ReadLineAsync(Cancelled) is { } line)
        {
            using var request = Frame.Parse(Encoding.UTF8.GetBytes(line));
            var method = Encoding.UTF8.GetString(request[request.Method]).Trim('"');
            seen.Add(method);
            var answer = (method, isModern) switch
            {
                ("initialize", false) => "\"result\":{\"protocolVersion\":\"2025-11-25\"}",
                ("server/discover", true) => "\"result\":{\"supportedVersions\":[\"2026-07-28\"]}",
                _ => "\"error\":{\"code\":-32602,\"message\":\"?\"}",
            };
            if (request.Kind is FrameKind.Request)
            {
                var id = Encoding.UTF8.GetString(request[request.Id]);
                var text = $"{{\"jsonrpc\":\"2.0\",\"id\":{id},{answer}}}\n";
                await output.Writer.WriteAsync(Encoding.UTF8.GetBytes(text), Cancelled);
            }
        }

        return seen;
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
