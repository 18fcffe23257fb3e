// Further arguments: ERA (legacy, auto, or a revision to insist on), and the JSON with which the
// user of this client fills in every form.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { visit } from "./visit.mjs";

const [, , url, , , era = "legacy", filledIn] = process.argv;
const mode = era === "legacy" || era === "auto" ? era : { pin: era };
const client = new Client(
  { name: "gantry-sdk-v2", version: "1.0.0" },
  { capabilities: filledIn ? { elicitation: {} } : {}, versionNegotiation: { mode } },
);
if (filledIn) {
  client.setRequestHandler("elicitation/create", async () => ({
    action: "accept",
    content: JSON.parse(filledIn),
  }));
}

const transport = new StreamableHTTPClientTransport(new URL(url));
await visit(client, transport, (call, options) => client.callTool(call, options));
