// Several servers as one, with the official client: all lists, a call, and a resource that a tool
// pointed at. Arguments: URL. Prints what it saw as one JSON line.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const client = new Client({ name: "gantry-joined", version: "1.0.0" }, { capabilities: {} });
const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]));
await client.connect(transport);

const tools = await client.listTools();
const { resources } = await client.listResources();
const { resourceTemplates } = await client.listResourceTemplates();
const { prompts } = await client.listPrompts();
const linked = await client.callTool({
  name: "everything__get-resource-links",
  arguments: { count: 1 },
});
const link = linked.content.find((block) => block.type === "resource_link");
const read = await client.readResource({ uri: link.uri });
const prompt = await client.getPrompt({ name: prompts[0].name, arguments: {} });
const summed = await client.callTool({ name: "everything__get-sum", arguments: { a: 2, b: 3 } });
const graph = await client.callTool({ name: "memory__read_graph", arguments: {} });
const files = await client.callTool({ name: "files__list_allowed_directories", arguments: {} });

console.log(
  JSON.stringify({
    server: client.getServerVersion()?.name,
    tools: tools.tools.map((tool) => tool.name),
    resources: resources.map((resource) => resource.uri),
    templates: resourceTemplates.map((template) => template.uriTemplate),
    prompts: prompts.map((each) => each.name),
    link: link.uri,
    read: read.contents[0].uri,
    prompted: prompt.messages.length,
    texts: [summed, graph, files].map((result) => result.content[0].text),
  }),
);
await transport.terminateSession();
await client.close();
