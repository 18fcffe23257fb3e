// The official client of the older line, over each of its transports.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import { CreateMessageRequestSchema, ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { progressOf } from "./visit.mjs";

const transports = {
  http: (where) => new StreamableHTTPClientTransport(new URL(where)),
  sse: (where) => new SSEClientTransport(new URL(where)),
  ws: (where) => new WebSocketClientTransport(new URL(where)),
  stdio: ([command, ...args]) =>
    new StdioClientTransport({ command, args, env: process.env, stderr: "pipe" }),
};

export async function connect(cell, answers) {
  const client = new Client(
    { name: "gantry-matrix-v1", version: "1.0.0" },
    { capabilities: { elicitation: {}, sampling: {} } },
  );
  client.setRequestHandler(ElicitRequestSchema, () => ({
    action: "accept",
    content: answers.elicitation,
  }));
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    role: "assistant",
    model: "none",
    content: { type: "text", text: answers.sampling },
  }));

  const transport = transports[cell.kind](cell.where);
  let revision;
  let heard = "";
  // Not every transport keeps what was agreed on.
  const note = transport.setProtocolVersion?.bind(transport);
  transport.setProtocolVersion = (text) => {
    revision = text;
    note?.(text);
  };
  transport.stderr?.on("data", (chunk) => (heard += chunk));
  await client.connect(transport);
  return {
    client,
    progress: progressOf(transport),
    revision: () => revision,
    heard: () => heard,
    call: (params, onprogress) => client.callTool(params, undefined, { onprogress }),
    leave: async () => {
      await transport.terminateSession?.();
      await client.close();
    },
  };
}
