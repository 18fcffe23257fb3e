// The client behind Gantry: does in each scenario what the suite waits for.
// Arguments: the URL of the server as Gantry serves it.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? "";
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT || "{}");
const asks = scenario.startsWith("elicitation") || scenario.startsWith("sep-2322");
const client = new Client(
  { name: "gantry-conformance", version: "1.0.0" },
  { capabilities: asks ? { elicitation: { form: { applyDefaults: true } } } : {} },
);
if (asks) {
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: {} }));
}

const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]));
await client.connect(transport);
if (scenario !== "initialize") {
  await visit();
}
await transport.terminateSession();
await client.close();

async function visit() {
  const { tools } = await client.listTools();
  console.error(`tools: ${tools.map((tool) => tool.name).join(" ")}`);
  const calls = context.toolCalls ?? tools.map((tool) => ({ name: tool.name, arguments: argumentsFor(tool) }));
  // A suite that only watches how schemas are read has nothing to call.
  for (const call of scenario.startsWith("json-schema") ? [] : calls) {
    console.error(`${call.name}: ${JSON.stringify(await client.callTool(call))}`);
  }
  if (client.getServerCapabilities()?.resources) {
    const { resources } = await client.listResources();
    for (const { uri } of resources) {
      await client.readResource({ uri });
    }
  }
  if (client.getServerCapabilities()?.prompts) {
    const { prompts } = await client.listPrompts();
    for (const { name } of prompts) {
      await client.getPrompt({ name });
    }
  }
}

// Something of the kind that the tool asks for.
function argumentsFor(tool) {
  const samples = { string: "text", number: 2, integer: 3, boolean: true, object: {}, array: [] };
  const properties = Object.entries(tool.inputSchema.properties ?? {});
  return Object.fromEntries(properties.map(([name, schema]) => [name, samples[schema.type] ?? null]));
}
