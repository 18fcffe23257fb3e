// The official client of the newer line, in each of its eras.
import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { progressOf } from "./visit.mjs";

const transports = {
  http: (where) => new StreamableHTTPClientTransport(new URL(where)),
  sse: (where) => new SSEClientTransport(new URL(where)),
  stdio: ([command, ...args]) =>
    new StdioClientTransport({ command, args, env: process.env, stderr: "ignore" }),
};

export async function connect(cell, answers) {
  const mode = cell.era === "pinned" ? { pin: cell.revision } : cell.era;
  const client = new Client(
    { name: "gantry-matrix-v2", version: "1.0.0" },
    { capabilities: { elicitation: {}, sampling: {} }, versionNegotiation: { mode } },
  );
  client.setRequestHandler("elicitation/create", async () => ({
    action: "accept",
    content: answers.elicitation,
  }));
  client.setRequestHandler("sampling/createMessage", async () => ({
    role: "assistant",
    model: "none",
    content: { type: "text", text: answers.sampling },
  }));

  const transport = transports[cell.kind](cell.where);
  await client.connect(transport);
  return {
    client,
    progress: progressOf(transport),
    revision: () => client.getNegotiatedProtocolVersion(),
    heard: () => "",
    call: (params, onprogress) => client.callTool(params, { onprogress }),
    leave: async () => {
      await transport.terminateSession?.();
      await client.close();
    },
  };
}
