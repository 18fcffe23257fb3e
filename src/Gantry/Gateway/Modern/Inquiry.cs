using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>What a server asked within one call, and what the client sent along to answer it.</summary>
internal sealed class Inquiry(Exchange exchange, List<Question> open)
{
    private const int MaxOpen = 64;

    /// <summary>What is not answered yet.</summary>
    public IReadOnlyList<Question> Open => open;

    /// <summary>How many questions there were.</summary>
    public int Asked { get; set; }

    /// <summary>Takes a question over.</summary>
    public void Add(Frame question)
    {
        open.Add(Question.Of(question, ++Asked));
        question.Dispose();
    }

    /// <summary>Gives the server what the client sent along, and what needs no client.</summary>
    public async ValueTask AnswerAsync()
    {
        foreach (var question in open.ToArray())
        {
            if (Find(question) is { } answer)
            {
                open.Remove(question);
                await SendAsync(question, answer);
            }
        }
    }

    /// <summary>What the client would have to be able to do, but did not declare.</summary>
    public Capability? Undeclared()
    {
        var declared = exchange.Request[exchange.Request.ClientCapabilities];
        foreach (var question in open)
        {
            if (question.Needs is { } needed && !needed.IsIn(declared))
            {
                return needed;
            }
        }

        return null;
    }

    private Frame? Find(Question question)
    {
        if (question.Method.AsSpan().SequenceEqual("\"ping\""u8))
        {
            return question.Answer("{}"u8);
        }

        if (question.Needs is null || open.Count > MaxOpen)
        {
            return question.Refuse("A client without a session cannot be asked this.");
        }

        var request = exchange.Request;
        var answer = FrameText.Member(
            request[request.InputResponses],
            System.Text.Encoding.UTF8.GetBytes(question.Key)
        );
        return answer is [(byte)'{', ..] ? question.Answer(answer) : null;
    }

    private async ValueTask SendAsync(Question question, Frame answer)
    {
        using (answer)
        {
            if (exchange.Session.Questions.Take(question.Id) is { Connection: { } connection })
            {
                await connection.SendAsync(answer, CancellationToken.None);
            }
        }
    }
}
