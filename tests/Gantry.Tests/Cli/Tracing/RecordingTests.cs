using Xunit;

namespace Gantry.Cli.Tracing;

public sealed class RecordingTests : IDisposable
{
    private const string Header = """{"kind":"gantry-trace","version":1,"server":"echo"}""";

    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Fact]
    public void Requests_are_sent_in_their_order_and_know_their_answers()
    {
        var plan = Plan(
            Sent("a", 1, "tools/list"),
            Sent("b", 1, "tools/call"),
            Came("b", 1, "tools/call"),
            Came("a", 1, "tools/list"),
            Sent("a", 1, "prompts/list"),
            Came("a", 1, "prompts/list")
        );

        Assert.Equal(
            ["a tools/list", "b tools/call", "a prompts/list"],
            plan.Steps.Select(step => $"{step.Session} {step.Method}")
        );
        Assert.All(plan.Steps, step => Assert.Equal(step.Session, step.Answer?.Peer));
    }

    [Fact]
    public void Only_what_clients_ask_is_sent()
    {
        var plan = Plan(
            Sent("a", 1, "tools/list").Replace("client", "server"),
            Came("a", 5, "sampling/createMessage")
                .Replace("\"result\":{}", "\"method\":\"sampling/createMessage\""),
            Sent("a", 5, "sampling/createMessage")
                .Replace("\"method\":\"sampling/createMessage\" }", "\"result\":{} }"),
            """{"lost":3}"""
        );

        Assert.Empty(plan.Steps);
        Assert.Single(plan.Questions[("a", "sampling/createMessage")]);
    }

    [Fact]
    public void Some_methods_can_be_chosen()
    {
        var plan = Plan(["tools/*"], Sent("a", 1, "tools/call"), Sent("a", 2, "prompts/list"));

        Assert.Equal([true, false], plan.Steps.Select(step => step.IsWanted));
    }

    [Fact]
    public void What_was_hidden_or_cut_or_never_answered_is_not_sent()
    {
        var plan = Plan(
            Sent("a", 1, "x", """{"deep":["***"]}""").Replace("\"hidden\":0", "\"hidden\":1"),
            Came("a", 1, "x"),
            Sent("a", 2, "x", """{"stars":"***"}"""),
            Came("a", 2, "x"),
            Sent("a", 3, "x").Replace("\"cut\":false", "\"cut\":true"),
            Came("a", 3, "x"),
            Sent("a", 4, "x")
        );

        Assert.Equal(
            [
                "params.deep[0] was hidden when it was recorded",
                null,
                "only a part of it was recorded",
                "it has no answer in the recording",
            ],
            plan.Steps.Select(step => step.Obstacle)
        );
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("servers:\n", ":1: It is no JSON.")]
    [InlineData("{}\n", ":1: It does not begin as a recording does")]
    [InlineData("""{"kind":"gantry-trace","version":2,"server":"x"}""", ":1: It has version 2")]
    [InlineData(Header + "\n{}\n", ":2: It is neither")]
    [InlineData(Header + "\n[1]\n", ":2: It is no JSON object")]
    public void What_is_no_recording_is_refused_with_its_place(string text, string why)
    {
        File.WriteAllText(_file, text);

        var exception = Assert.Throws<CommandFailedException>(() => Recording.Read(_file));

        Assert.Contains(why, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_never_replaces_a_file()
    {
        File.WriteAllText(_file, "mine");

        Assert.Throws<CommandFailedException>(() => Recording.Create(_file));
        Assert.Equal("mine", File.ReadAllText(_file));
    }

    public void Dispose() => File.Delete(_file);

    private ReplayPlan Plan(params string[] lines) => Plan([], lines);

    private ReplayPlan Plan(string[] only, params string[] lines)
    {
        File.WriteAllLines(_file, [Header, .. lines]);
        return ReplayPlan.Make(Recording.Read(_file), new(only));
    }

    private static string Sent(string session, int id, string method, string parameters = "{}") =>
        Line(session, id, method, "to_server", $"\"params\":{parameters},\"method\":\"{method}\"");

    private static string Came(string session, int id, string method) =>
        Line(session, id, method, "to_client", "\"result\":{}");

    private static string Line(
        string session,
        int id,
        string method,
        string direction,
        string body
    ) =>
        $$$"""{"at":"2026-01-01T00:00:00+00:00","face":"client","direction":"{{{direction}}}","session":"{{{session}}}","method":"{{{method}}}","id":{{{id}}},"bytes":9,"hidden":0,"cut":false,"frame":{"id":{{{id}}},{{{body}}} }}""";
}
