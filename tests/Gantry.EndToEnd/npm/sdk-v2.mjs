import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { visit } from "./visit.mjs";

const client = new Client(
  { name: "gantry-sdk-v2", version: "1.0.0" },
  { capabilities: {}, versionNegotiation: { mode: "legacy" } },
);
const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]));
await visit(client, transport, (call, options) => client.callTool(call, options));
