// Several servers as one, with the official clients: all lists, a call, and a resource that a tool
// pointed at. Arguments: URL, or the command line of a server on stdio as a JSON array; and the revision
// to insist on, if any. Prints what it saw as one JSON line.

const [, , url, revision] = process.argv;
const { client, transport } = await connect();

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
await transport.terminateSession?.();
await client.close();

async function connect() {
  const me = { name: "gantry-joined", version: "1.0.0" };
  if (revision) {
    const sdk = await import("@modelcontextprotocol/client");
    const versionNegotiation = { mode: { pin: revision } };
    const client = new sdk.Client(me, { capabilities: {}, versionNegotiation });
    const transport = url.startsWith("[")
      ? await start(JSON.parse(url))
      : new sdk.StreamableHTTPClientTransport(new URL(url));
    await client.connect(transport);
    return { client, transport };
  }

  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const http = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
  const client = new Client(me, { capabilities: {} });
  const transport = new http.StreamableHTTPClientTransport(new URL(url));
  await client.connect(transport);
  return { client, transport };
}

async function start([command, ...args]) {
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  return new StdioClientTransport({ command, args, env: process.env, stderr: "ignore" });
}
