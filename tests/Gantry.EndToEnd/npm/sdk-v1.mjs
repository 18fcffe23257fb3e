import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { visit } from "./visit.mjs";

const client = new Client({ name: "gantry-sdk-v1", version: "1.0.0" }, { capabilities: {} });
const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]));
await visit(client, transport, (call, options) => client.callTool(call, undefined, options));
