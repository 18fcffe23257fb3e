using System.Buffers;
using System.Text;
using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate;

/// <summary>
/// Answers <c>initialize</c> and <c>server/discover</c> for several servers from what is known of them: waits for none.
/// </summary>
internal sealed class Greeting(Views views, Catalogue catalogue, GatewayLimits limits)
{
    // Came after sessions, and none of them can use it.
    private const string Tasks = "io.modelcontextprotocol/tasks";

    /// <summary>What Gantry is called where it speaks for several servers, as JSON text.</summary>
    public static ReadOnlyMemory<byte> ServerInfo { get; } =
        Encoding.UTF8.GetBytes($$"""{"name":"gantry","version":"{{Version}}"}""");

    public ReadOnlyMemory<byte> Write(Session session, Frame initialize) =>
        Write(
            initialize,
            json =>
            {
                json.WriteString("protocolVersion", session.Dialect.Revision);
                WriteServers(json, session);
                json.WritePropertyName("serverInfo");
                json.WriteRawValue(ServerInfo.Span, skipInputValidation: true);
            }
        );

    /// <summary>Answers <c>server/discover</c>, as soon.</summary>
    public ReadOnlyMemory<byte> Discover(Session session, Frame request) =>
        Write(
            request,
            json =>
            {
                Discovery.WriteRevisions(json);
                WriteServers(json, session);
                json.WriteNumber("ttlMs", 0);
                json.WriteString("cacheScope", "private");
                json.WriteStartObject("_meta");
                json.WritePropertyName(MetaKey.ServerInfo);
                json.WriteRawValue(ServerInfo.Span, skipInputValidation: true);
                json.WriteEndObject();
            }
        );

    private static ReadOnlyMemory<byte> Write(Frame request, Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WritePropertyName("id");
            json.WriteRawValue(request[request.Id], skipInputValidation: true);
            json.WriteStartObject("result");
            write(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    private void WriteServers(Utf8JsonWriter json, Session session)
    {
        var view = views.Of(session);
        var known = view.Servers.Select(server => (server, catalogue.Find(server))).ToList();
        json.WriteStartObject("capabilities");
        WriteCapabilities(json, session.Dialect, known);
        json.WriteEndObject();
        json.WriteString("instructions", Instructions(view, known));
    }

    private static string Version =>
        typeof(Greeting).Assembly.GetName().Version?.ToString(3) ?? "0";

    // A server that was never ready may turn out to have anything.
    private static void WriteCapabilities(
        Utf8JsonWriter json,
        Dialect dialect,
        List<(Desired Server, Knowledge Knowledge)> known
    )
    {
        WriteList(json, "tools");
        if (known.Any(one => one.Knowledge.MayOffer(ListKind.Prompts)))
        {
            WriteList(json, "prompts");
        }

        if (known.Any(one => one.Knowledge.MayOffer(ListKind.Resources)))
        {
            json.WriteStartObject("resources");
            json.WriteBoolean("subscribe", known.Any(one => one.Knowledge.MayWatch));
            json.WriteBoolean("listChanged", true);
            json.WriteEndObject();
        }

        WriteIf(json, known, "completions");
        WriteIf(json, known, "logging");
        if (dialect.HasSessions)
        {
            WriteTasks(json, known);
        }

        WriteUnion(json, known, "extensions", dialect.HasSessions ? Tasks : "");
        WriteUnion(json, known, "experimental", leftOut: "");
    }

    private static void WriteList(Utf8JsonWriter json, string list)
    {
        json.WriteStartObject(list);
        json.WriteBoolean("listChanged", true);
        json.WriteEndObject();
    }

    private static void WriteIf(
        Utf8JsonWriter json,
        List<(Desired Server, Knowledge Knowledge)> known,
        string capability
    )
    {
        if (known.Any(one => one.Knowledge.Handshake is null || Has(one.Knowledge, capability)))
        {
            json.WriteStartObject(capability);
            json.WriteEndObject();
        }
    }

    // Only where nobody shares the instance can a client's tasks be told from another's.
    private static void WriteTasks(
        Utf8JsonWriter json,
        List<(Desired Server, Knowledge Knowledge)> known
    )
    {
        var first = known
            .Where(one => one.Server.Spec.Isolation is not Isolation.Shared)
            .Select(one => Capability(one.Knowledge, "tasks"))
            .FirstOrDefault(tasks => tasks.Length > 0);
        if (first is not null)
        {
            json.WritePropertyName("tasks");
            json.WriteRawValue(first, skipInputValidation: true);
        }
    }

    private static void WriteUnion(
        Utf8JsonWriter json,
        List<(Desired Server, Knowledge Knowledge)> known,
        string capability,
        string leftOut
    )
    {
        var members = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var one in known)
        {
            AddMembers(members, Capability(one.Knowledge, capability));
        }

        members.Remove(leftOut);
        if (members.Count == 0)
        {
            return;
        }

        json.WriteStartObject(capability);
        foreach (var (name, value) in members)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value, skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    private static void AddMembers(SortedDictionary<string, byte[]> members, byte[] @object)
    {
        var json = FrameText.Reader(@object);
        if (@object.Length == 0 || !json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = json.GetString() ?? "";
            json.Read();
            var start = (int)json.TokenStartIndex;
            json.Skip();
            members.TryAdd(name, @object[start..(int)json.BytesConsumed]);
        }
    }

    private static bool Has(Knowledge knowledge, string capability) =>
        Capability(knowledge, capability).Length > 0;

    private static byte[] Capability(Knowledge knowledge, string name)
    {
        var result = knowledge.Handshake?.Result ?? default;
        var all = FrameText.Member(result.Span, "capabilities"u8);
        return FrameText.Member(all, Encoding.UTF8.GetBytes(name)).ToArray();
    }

    private string Instructions(View view, List<(Desired Server, Knowledge Knowledge)> known)
    {
        var text = new StringBuilder();
        if (view.Description is { } description)
        {
            text.Append(description).Append("\n\n");
        }

        text.Append("Several servers as one: tools and prompts are called ")
            .Append(view.Separator.Join("SERVER", "NAME"))
            .Append(".\n");
        foreach (var (server, knowledge) in known)
        {
            var said = Said(server, knowledge);
            if (said.Length > 0 && text.Length + said.Length < limits.MaxInstructions)
            {
                text.Append("\n# ").Append(server.Name).Append('\n').Append(said).Append('\n');
            }
        }

        return text.ToString();
    }

    private string Said(Desired server, Knowledge knowledge)
    {
        var result = knowledge.Handshake?.Result ?? default;
        var said =
            FrameText.Text(FrameText.Member(result.Span, "instructions"u8))
            ?? server.Spec.Description
            ?? "";
        return said.Length <= limits.MaxQuotedInstructions
            ? said.Trim()
            : said[..limits.MaxQuotedInstructions].Trim() + "...";
    }
}
