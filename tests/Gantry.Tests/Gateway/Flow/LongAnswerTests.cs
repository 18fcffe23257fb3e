using Gantry.Gateway.Http;
using Xunit;

namespace Gantry.Gateway.Flow;

public sealed class LongAnswerTests
{
    private const int Patience = 30_000;

    [Theory(Timeout = Patience)]
    [InlineData(HttpText.MaxAtOnce - 100, false)]
    [InlineData(HttpText.MaxAtOnce, false)]
    [InlineData(HttpText.MaxAtOnce + 100, false)]
    [InlineData(20 * HttpText.MaxAtOnce, false)]
    [InlineData(20 * HttpText.MaxAtOnce, true)]
    public async Task An_answer_of_any_length_arrives_whole(int length, bool asStream)
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        var text = new string('x', length);
        echo.Script = call => call.Respond($$"""{"text":"{{text}}"}""");
        using var client = await gateway.NewSessionAsync();
        using var request = client.NewRequest(
            HttpMethod.Post,
            Client.Request("\"an id\"", "tools/call")
        );
        if (asStream)
        {
            request.Headers.Remove("Accept");
            request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        }

        using var response = await client.SendAsync(request);
        var answer = await Client.JsonAsync(response);

        Assert.Equal("an id", answer.GetProperty("id").GetString());
        Assert.Equal(text, answer.GetProperty("result").GetProperty("text").GetString());
    }
}
