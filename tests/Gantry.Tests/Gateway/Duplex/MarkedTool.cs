using Gantry.Gateway.Modern;

namespace Gantry.Gateway.Duplex;

/// <summary>A tool of which an argument is repeated in a header, where there are headers.</summary>
internal static class MarkedTool
{
    /// <summary>A server, <c>files</c>, with the one tool <c>x</c>.</summary>
    public static void Serve(GatewayUnderTest gateway)
    {
        gateway.Define("files");
        gateway.ReadyModern("files").Script = call =>
            call.Respond(
                call.Method switch
                {
                    "tools/list" =>
                        """{"tools":[{"name":"x","inputSchema":{"properties":{"r":{"x-mcp-header":"Region"}}}}]}""",
                    "tools/call" => """{"name":"there"}""",
                    _ => "{}",
                }
            );
    }

    /// <summary>What a client without a session sends.</summary>
    public static string Call(string tool)
    {
        using var client = new ModernClient(new("http://127.0.0.1"), "");
        return client.Request(
            "tools/call",
            $$"""
            "name":"{{tool}}","arguments":{"r":"eu"},
            """
        );
    }
}
