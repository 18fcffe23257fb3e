using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>
/// Which arguments of which tools also travel in headers, and whether a request says the same in
/// both. Learned once per instance from its list of tools, and anew when that changes.
/// </summary>
internal sealed class ParameterRules
{
    private const int MaxPages = 100;

    private readonly ConditionalWeakTable<IConnection, Task<ToolRules>> _known = [];

    // By session: its credentials, which the list is asked for with, are no other's.
    private readonly ConditionalWeakTable<
        IConnection,
        ConditionalWeakTable<Session, Task<ToolRules>>
    > _ofCallers = [];

    /// <summary>Null when all is well; otherwise what is wrong.</summary>
    /// <exception cref="InstanceGoneException">There is no list: the instance ended meanwhile, or did
    /// not answer.</exception>
    public async ValueTask<string?> CheckAsync(IConnection connection, Exchange exchange)
    {
        if (!exchange.Request.IsMethod("tools/call"u8))
        {
            return null;
        }

        try
        {
            var rules = await (
                exchange.Envelope.ForwardedAuthorization is null
                    ? _known.GetValue(connection, static one => LearnAsync(one, Envelope.Own))
                    : RulesFor(exchange, connection)
            );
            return rules.Check(exchange.Request, exchange.Envelope);
        }
        catch (InstanceGoneException)
        {
            // It may live on, and answer the next time.
            Forget(connection);
            throw;
        }
    }

    /// <summary>The list of tools is not what it was.</summary>
    public void Forget(IConnection connection)
    {
        _known.Remove(connection);
        _ofCallers.Remove(connection);
    }

    // A server that sees whose request it is may have other tools for each.
    private Task<ToolRules> RulesFor(Exchange exchange, IConnection connection)
    {
        // Their headers say what is called, and nothing of the list.
        var envelope = exchange.Envelope with
        {
            ParameterHeaders = [],
        };
        return _ofCallers
            .GetValue(connection, static _ => [])
            .GetValue(exchange.Session, _ => LearnAsync(connection, envelope));
    }

    private static async Task<ToolRules> LearnAsync(IConnection connection, Envelope envelope)
    {
        var rules = ImmutableDictionary.CreateBuilder<string, ImmutableArray<ParameterRule>>(
            StringComparer.Ordinal
        );
        string? cursor = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var request = OwnRequest.Make(connection, "tools/list", cursor);
            if (
                await connection.OpenAsync(request, envelope, CancellationToken.None)
                is not { } call
            )
            {
                break;
            }

            using var response = await ReadAsync(call);
            cursor = response.IsError ? null : Read(response, rules);
            call.Dispose();
            if (cursor is null)
            {
                break;
            }
        }

        return new(rules.ToImmutable());
    }

    private static async Task<Frame> ReadAsync(Call call)
    {
        while (true)
        {
            var frame = await call.ReadAsync();
            if (frame.Kind is FrameKind.Response)
            {
                return frame;
            }

            frame.Dispose();
        }
    }

    private static string? Read(
        Frame response,
        ImmutableDictionary<string, ImmutableArray<ParameterRule>>.Builder rules
    )
    {
        using var json = JsonDocument.Parse(
            response.Slice(response.Body),
            new JsonDocumentOptions { MaxDepth = Frame.MaxDepth }
        );
        var root = json.RootElement;
        if (
            root.ValueKind is not JsonValueKind.Object
            || !root.TryGetProperty("tools", out var tools)
            || tools.ValueKind is not JsonValueKind.Array
        )
        {
            return null;
        }

        foreach (var tool in tools.EnumerateArray())
        {
            if (ParameterRule.Of(tool) is { Name: { } name, Rules: { IsEmpty: false } found })
            {
                rules[name] = found;
            }
        }

        return
            root.TryGetProperty("nextCursor", out var next)
            && next.ValueKind is JsonValueKind.String
            ? next.GetString()
            : null;
    }
}

/// <summary>The rules of one instance's tools; most have none.</summary>
internal sealed record ToolRules(ImmutableDictionary<string, ImmutableArray<ParameterRule>> Tools)
{
    public string? Check(Frame request, Envelope envelope)
    {
        if (
            Tools.IsEmpty
            || FrameText.Text(request.Written(request.Name)) is not { } tool
            || !Tools.TryGetValue(tool, out var rules)
        )
        {
            return null;
        }

        var arguments = FrameText.Member(request[request.Body], "arguments"u8);
        foreach (var rule in rules)
        {
            if (!rule.Holds(arguments, envelope))
            {
                return $"The header 'Mcp-Param-{rule.Header}' does not say what the argument "
                    + $"'{string.Join('.', rule.Path)}' says.";
            }
        }

        return null;
    }
}

/// <summary>One argument that also travels in a header.</summary>
/// <param name="Path">Where it is among the arguments.</param>
internal sealed record ParameterRule(string Header, ImmutableArray<string> Path)
{
    private const int MaxDepth = 8;

    public static (string? Name, ImmutableArray<ParameterRule> Rules) Of(JsonElement tool)
    {
        if (
            tool.ValueKind is not JsonValueKind.Object
            || !tool.TryGetProperty("name", out var name)
            || name.ValueKind is not JsonValueKind.String
            || !tool.TryGetProperty("inputSchema", out var schema)
        )
        {
            return (null, []);
        }

        var rules = ImmutableArray.CreateBuilder<ParameterRule>();
        Collect(schema, [], rules);
        return (name.GetString(), rules.ToImmutable());
    }

    public bool Holds(ReadOnlySpan<byte> arguments, Envelope envelope)
    {
        var value = arguments;
        foreach (var name in Path)
        {
            value = FrameText.Member(value, Encoding.UTF8.GetBytes(name));
        }

        var header = envelope.ParameterHeaders.FirstOrDefault(one =>
            one.Key.AsSpan("Mcp-Param-".Length).Equals(Header, StringComparison.OrdinalIgnoreCase)
        );
        if (value.IsEmpty || value.SequenceEqual("null"u8))
        {
            return header.Key is null;
        }

        return header.Value is not null
            && HeaderText.Decode(header.Value) is { } said
            && IsSame(value, said);
    }

    private static void Collect(
        JsonElement schema,
        ImmutableArray<string> path,
        ImmutableArray<ParameterRule>.Builder rules
    )
    {
        if (
            path.Length >= MaxDepth
            || schema.ValueKind is not JsonValueKind.Object
            || !schema.TryGetProperty("properties", out var properties)
            || properties.ValueKind is not JsonValueKind.Object
        )
        {
            return;
        }

        foreach (var property in properties.EnumerateObject())
        {
            var inner = path.Add(property.Name);
            if (
                property.Value.ValueKind is JsonValueKind.Object
                && property.Value.TryGetProperty("x-mcp-header", out var header)
                && header.ValueKind is JsonValueKind.String
            )
            {
                rules.Add(new(header.GetString() ?? "", inner));
            }

            Collect(property.Value, inner, rules);
        }
    }

    // Numbers may be written in several ways.
    private static bool IsSame(ReadOnlySpan<byte> value, string said)
    {
        if (value[0] == (byte)'"')
        {
            return FrameText.Text(value) == said;
        }

        return Encoding.UTF8.GetString(value) == said
            || (
                decimal.TryParse(value, CultureInfo.InvariantCulture, out var one)
                && decimal.TryParse(said, CultureInfo.InvariantCulture, out var other)
                && one == other
            );
    }
}
