using System.Text;
using Gantry.Gateway.Http;
using Gantry.Wire;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gantry.Gateway;

public sealed class HttpTextTests
{
    private static readonly string s_text = new('x', 1024 * 1024);

    // What the server under it is given at once, a client has to take within seconds.
    [Theory(Timeout = 30_000)]
    [InlineData("""{"jsonrpc":"2.0","id":12345,"result":"TEXT"}""")]
    [InlineData("""{"result":"TEXT","id":12345,"jsonrpc":"2.0"}""")]
    public async Task A_long_answer_goes_out_whole_but_piece_by_piece(string answer)
    {
        await using var output = new CountingStream();
        var context = new DefaultHttpContext();
        context.Response.Body = output;
        using var response = Parse(answer.Replace("TEXT", s_text, StringComparison.Ordinal));
        using var request = Parse("""{"jsonrpc":"2.0","id":"a","method":"tools/call"}""");

        await HttpText.WriteJsonAsync(context.Response, response, request);
        await context.Response.CompleteAsync();

        var expected = response.ToString().Replace("12345", "\"a\"", StringComparison.Ordinal);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal(expected.Length, context.Response.ContentLength);
        Assert.InRange(output.Flushes, 15, 25);
    }

    private static Frame Parse(string text) => Frame.Parse(Encoding.UTF8.GetBytes(text));

    private sealed class CountingStream : MemoryStream
    {
        public int Flushes { get; private set; }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            Flushes++;
            return base.FlushAsync(cancellationToken);
        }
    }
}
