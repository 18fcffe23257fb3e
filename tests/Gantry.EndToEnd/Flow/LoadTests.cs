using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Flow;

/// <summary>Clients that take what they can get and give nothing back.</summary>
[Collection(nameof(Alone))]
public sealed class LoadTests : Scenario
{
    private const long Megabyte = 1024 * 1024;

    // What a listener may hold for a connection on which nothing happens.
    private const long PerConnection = 16 * 1024;

    [Fact(Timeout = 180_000)]
    public async Task Thousands_of_idle_connections_cost_little_and_disturb_nobody()
    {
        var wanted = Math.Min(10_000, FreeDescriptors() - 1_000);
        Assert.SkipWhen(wanted < 1_000, "This machine lets a process open too few connections.");
        await UpWithAsync("request_header_timeout: 60s, connection_idle_timeout: 60s");
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        await CallAsync(client);
        var before = ResidentBytes();
        var idle = await OpenAsync(wanted, "");
        try
        {
            await CallAsync(client);
            var each = (ResidentBytes() - before) / wanted;
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{wanted} idle connections: {each} bytes each"
            );

            Assert.InRange(each, 0, PerConnection);
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    [Fact(Timeout = 180_000)]
    public async Task Heads_and_bodies_that_never_end_are_cut_and_the_others_are_served()
    {
        await UpWithAsync("request_header_timeout: 2s, data_rate_grace: 2s, max_body_size: 1M");
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        var heads = await OpenAsync(200, "POST /mcp/alpha HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        var bodies = await OpenAsync(
            200,
            $"POST /mcp/alpha HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                + "Accept: application/json, text/event-stream\r\n"
                + $"Mcp-Session-Id: {client.Session}\r\nContent-Length: 500000\r\n\r\n{{"
        );
        List<Socket> slow = [.. heads, .. bodies];
        try
        {
            await CallAsync(client);

            await Task.WhenAll(slow.Select(UntilCutAsync));

            await CallAsync(client);
        }
        finally
        {
            slow.ForEach(socket => socket.Dispose());
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_giant_body_and_a_deep_one_are_refused_and_cost_no_memory()
    {
        await UpWithAsync("max_body_size: 1M");
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        var before = ResidentBytes();

        var giant = await PostInPiecesAsync(client, pieces: 64);
        using var deep = await client.SendAsync(
            """{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"""
                + new string('[', 100_000)
                + new string(']', 100_000)
                + "}}",
            Token
        );

        Assert.True(giant is null or HttpStatusCode.RequestEntityTooLarge, $"It was {giant}.");
        Assert.Equal(HttpStatusCode.BadRequest, deep.StatusCode);
        await CallAsync(client);
        Assert.InRange(ResidentBytes() - before, long.MinValue, 48 * Megabyte);
    }

    [Fact(Timeout = 120_000)]
    public async Task Huge_answers_that_nobody_reads_are_in_memory_once_and_others_go_on()
    {
        const int Answers = 6;
        const long Size = 30 * Megabyte;
        await UpWithAsync("min_data_rate: 1");
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        await CallAsync(client);
        var before = ResidentBytes();
        var unread = new List<HttpResponseMessage>();
        for (var i = 0; i < Answers; i++)
        {
            unread.Add(
                await client.SendAsync(
                    $$$"""{"jsonrpc":"2.0","id":"big{{{i}}}","method":"tools/call","params":{"arguments":{"bytes":{{{Size}}} },"name":"big"}}""",
                    Token
                )
            );
        }

        await CallAsync(client);
        var grown = ResidentBytes() - before;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Answers} unread answers of {Size / Megabyte} MiB: {grown / Megabyte} MiB"
        );

        // Each once; and the buffers that the first outgrew on the way, which the next use again.
        Assert.InRange(grown, 0, (Answers + 4) * Size);
        using var whole = unread[0];
        var text = await whole.Content.ReadAsStringAsync(Token);
        Assert.Contains(new string('x', (int)Size), text, StringComparison.Ordinal);
        Assert.EndsWith("}", text, StringComparison.Ordinal);
        unread.ForEach(answer => answer.Dispose());
    }

    [Fact(Timeout = 120_000)]
    public async Task Heads_with_too_much_in_them_are_refused_and_the_others_are_served()
    {
        await UpWithAsync("request_header_timeout: 10s");
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        const string Start = "POST /mcp/alpha HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        var many = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"X-{i}: x\r\n"));
        var lengthy = $"X: {new string('x', 4 * (int)Megabyte)}\r\n";
        var line = $"POST /mcp/{new string('x', (int)Megabyte)} HTTP/1.1\r\n";
        var before = ResidentBytes();

        var statuses = await WhileOthersCallAsync(
            client,
            Task.WhenAll(
                Enumerable
                    .Range(0, 60)
                    .Select(i =>
                        StatusOfAsync(i % 3 == 0 ? line : Start + (i % 3 == 1 ? many : lengthy))
                    )
            )
        );

        Assert.All(
            statuses,
            status => Assert.True(status is null or 431 or 414, $"It was {status}.")
        );
        Assert.InRange(ResidentBytes() - before, long.MinValue, 48 * Megabyte);
    }

    [Fact(Timeout = 120_000)]
    public async Task Bodies_that_are_too_lengthyare_refused_in_words_and_the_others_are_served()
    {
        await UpWithAsync("max_body_size: 1M");
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);
        using var announced = new ByteArrayContent(new byte[3 * Megabyte]);
        announced.Headers.ContentType = new("application/json");

        using var answer = await WhileOthersCallAsync(client, PostAsync(client, announced));
        var statuses = await WhileOthersCallAsync(
            client,
            Task.WhenAll(Enumerable.Range(0, 30).Select(_ => PostInPiecesAsync(client, pieces: 8)))
        );

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer?.StatusCode);
        var error = await (answer?.Content.ReadAsStringAsync(Token) ?? Task.FromResult(""));
        Assert.Contains("\"error\"", error, StringComparison.Ordinal);
        Assert.Contains("longer than 1048576 bytes", error, StringComparison.Ordinal);
        Assert.All(
            statuses,
            status => Assert.True(status is null or HttpStatusCode.RequestEntityTooLarge)
        );
    }

    [Theory(Timeout = 180_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clients_that_ask_and_do_not_read_are_cut_before_they_cost_much(
        bool isWebSocket
    )
    {
        const int Clients = 8;
        const int Calls = 40;
        await UpWithAsync("max_unread_bytes: 2M, stall_timeout: 4s");
        var server = Gantry.EndpointOf("alpha");
        await using var client = await McpClient.OpenAsync(server, Token);
        await CallAsync(client);
        var before = ResidentBytes();
        var deaf = new List<DeafClient>();
        for (var i = 0; i < Clients; i++)
        {
            deaf.Add(
                isWebSocket
                    ? await DeafClient.OnWebSocketAsync(server, Token)
                    : await DeafClient.OnEventsAsync(server, Token)
            );
        }

        foreach (var one in deaf)
        {
            for (var id = 1; id <= Calls; id++)
            {
                await one.AskAsync(id, (int)Megabyte, Token);
            }
        }

        await WhileOthersCallAsync(client, AllCutAsync(deaf));

        var grown = ResidentBytes() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{grown / Megabyte} MiB");
        Assert.InRange(grown, long.MinValue, Clients * Calls * Megabyte / 2);
        deaf.ForEach(one => one.Dispose());
    }

    private static async Task<bool> AllCutAsync(List<DeafClient> deaf)
    {
        await Task.WhenAll(deaf.Select(one => one.UntilCutAsync(Token)));
        return true;
    }

    // Each of their calls must succeed, however long it takes.
    private static async Task<T> WhileOthersCallAsync<T>(McpClient client, Task<T> hostile)
    {
        do
        {
            await CallAsync(client);
        } while (!hostile.IsCompleted);

        await CallAsync(client);
        return await hostile;
    }

    // Null when it was cut without a word, or before the word could be read.
    private async Task<int?> StatusOfAsync(string head)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Gantry.Address.Port, Token);
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(head), Token);
            var answer = new byte[12];
            var read = await socket.ReceiveAsync(answer, Token);
            return read < answer.Length
                ? null
                : int.Parse(Encoding.ASCII.GetString(answer)[9..], CultureInfo.InvariantCulture);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    // Null when the connection was cut before the answer could be read.
    private async Task<HttpResponseMessage?> PostAsync(McpClient client, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Gantry.EndpointOf("alpha"))
        {
            Content = content,
        };
        try
        {
            return await client.SendAsync(request, Token);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task UpWithAsync(string limits)
    {
        File.WriteAllText(
            Path.Combine(Config, "gantry.yaml"),
            $"gateway: {{ limits: {{ {limits} }} }}\nservers: {{}}\n"
        );
        Write(TestServer("alpha"));
        await UpAsync();
    }

    private async Task<List<Socket>> OpenAsync(int count, string text)
    {
        var sockets = new List<Socket>(count);
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync(IPAddress.Loopback, Gantry.Address.Port, Token);
            if (text.Length > 0)
            {
                await socket.SendAsync(Encoding.ASCII.GetBytes(text), Token);
            }
        }

        return sockets;
    }

    // A word of refusal may come first.
    private static async Task UntilCutAsync(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, Token) > 0) { }
        }
        catch (SocketException)
        {
            // Cut without a word.
        }
    }

    private async Task<HttpStatusCode?> PostInPiecesAsync(McpClient client, int pieces)
    {
        using var content = new StreamContent(new Endless(pieces * Megabyte));
        content.Headers.ContentType = new("application/json");
        using var answer = await PostAsync(client, content);
        return answer?.StatusCode;
    }

    private static async Task CallAsync(McpClient client) =>
        Assert.Equal("x", (await client.CallAsync("echo", """{"text":"x"}""", Token)).Text);

    private long ResidentBytes() =>
        long.Parse(
            File.ReadLines($"/proc/{Gantry.ProcessId}/status")
                .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture
        ) * 1024;

    private static int FreeDescriptors() =>
        File.ReadLines("/proc/self/limits")
            .Where(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3])
            .Select(text =>
                int.TryParse(text, CultureInfo.InvariantCulture, out var most) ? most : 65_536
            )
            .First();

    /// <summary>So many spaces, and no length that could be looked at.</summary>
    private sealed class Endless(long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, _left);
            buffer.AsSpan(offset, read).Fill((byte)' ');
            _left -= read;
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();
    }
}
