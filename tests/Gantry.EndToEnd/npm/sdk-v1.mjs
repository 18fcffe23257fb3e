import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import { visit } from "./visit.mjs";

// A fourth argument says how to get there. For stdio the first is a command line, in JSON.
const [, , where, , , kind = "http"] = process.argv;
const transports = {
  http: () => new StreamableHTTPClientTransport(new URL(where)),
  sse: () => new SSEClientTransport(new URL(where)),
  ws: () => new WebSocketClientTransport(new URL(where)),
  stdio: () => {
    const [command, ...args] = JSON.parse(where);
    return new StdioClientTransport({ command, args, env: process.env });
  },
};
const client = new Client({ name: "gantry-sdk-v1", version: "1.0.0" }, { capabilities: {} });
await visit(client, transports[kind](), (call, options) => client.callTool(call, undefined, options));
