using System.Text;
using System.Text.Json;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>What a server with sessions asked within a call, for a client without.</summary>
/// <param name="Key">Names it in what the client is told, and in what it answers.</param>
/// <param name="Id">The id of the server's request, as JSON text.</param>
/// <param name="Method">With its quotes.</param>
/// <param name="Parameters">As JSON text.</param>
internal sealed record Question(string Key, byte[] Id, byte[] Method, byte[] Parameters)
{
    /// <summary>
    /// The server's own id where that is a text, as it may mean something to those who know the
    /// server; otherwise the method and how often it was asked: equal when a call is made anew.
    /// </summary>
    public static Question Of(Frame request, int ordinal)
    {
        var method = request.Text(request.Method) ?? "";
        var key = request.Text(request.Id) ?? $"{method}#{ordinal}";
        return new(
            key,
            request[request.Id].ToArray(),
            request[request.Method].ToArray(),
            request.Body.IsEmpty ? [.. "{}"u8] : request[request.Body].ToArray()
        );
    }

    /// <summary>
    /// What the client must have declared to be asked this; null when nothing of this kind can be
    /// asked of a client without a session.
    /// </summary>
    public Capability? Needs =>
        Encoding.UTF8.GetString(Method).Trim('"') switch
        {
            "elicitation/create" => Says("mode", "\"url\""u8)
                ? new("elicitation", "url")
                : new("elicitation", null),
            "sampling/createMessage" => Has("tools")
                ? new("sampling", "tools")
                : new("sampling", null),
            "roots/list" => new("roots", null),
            _ => null,
        };

    /// <summary>The answer, to be sent to the server.</summary>
    /// <param name="result">As JSON text.</param>
    public Frame Answer(ReadOnlySpan<byte> result) => Frame.Parse(RpcText.Result(Id, result));

    public Frame Refuse(string why) => Frame.Parse(RpcText.Error(Id, RpcText.MethodNotFound, why));

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject(Key);
        json.WritePropertyName("method");
        json.WriteRawValue(Method, skipInputValidation: true);
        json.WritePropertyName("params");
        json.WriteRawValue(Parameters, skipInputValidation: true);
        json.WriteEndObject();
    }

    private bool Has(string name) =>
        !FrameText.Member(Parameters, Encoding.UTF8.GetBytes(name)).IsEmpty;

    private bool Says(string name, ReadOnlySpan<byte> value) =>
        FrameText.Member(Parameters, Encoding.UTF8.GetBytes(name)).SequenceEqual(value);
}

/// <summary>Something that a client may be able to do, and a finer part of it.</summary>
internal sealed record Capability(string Name, string? Part)
{
    public bool IsIn(ReadOnlySpan<byte> capabilities)
    {
        var declared = FrameText.Member(capabilities, Encoding.UTF8.GetBytes(Name));
        return declared is [(byte)'{', ..]
            && (Part is null || !FrameText.Member(declared, Encoding.UTF8.GetBytes(Part)).IsEmpty);
    }

    /// <summary>Written as a client declares it.</summary>
    public string ToJson() =>
        Part is null ? $"{{\"{Name}\":{{}}}}" : $"{{\"{Name}\":{{\"{Part}\":{{}}}}}}";
}
