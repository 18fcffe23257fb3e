// A client that stays, and begins anew when its session is gone, as the protocol asks it to.
// Arguments: URL ERA (v1, legacy, auto, or a revision to insist on). Connects, says so, and for each
// line that comes in calls the tool "echo" with it. Prints a JSON line for each.
import { createInterface } from "node:readline";

const [, , url, era] = process.argv;
const { Client, StreamableHTTPClientTransport } = await import(
  era === "v1" ? "./v1.mjs" : "@modelcontextprotocol/client"
);

async function connect() {
  const mode = era === "legacy" || era === "auto" ? era : { pin: era };
  const client = new Client({ name: "survivor", version: "1" }, { versionNegotiation: { mode } });
  const transport = new StreamableHTTPClientTransport(new URL(url));
  await client.connect(transport);
  return { client, transport };
}

const print = (line) => console.log(JSON.stringify(line));
const call = (message) => now.client.callTool({ name: "echo", arguments: { message } });
let now = await connect();
print({ session: now.transport.sessionId ?? null });
for await (const message of createInterface({ input: process.stdin })) {
  const began = performance.now();
  let lost = null;
  let result;
  try {
    result = await call(message);
  } catch (error) {
    lost = { status: error.status ?? error.code, ms: performance.now() - began };
    now = await connect();
    result = await call(message);
  }
  print({ text: result.content?.[0]?.text, session: now.transport.sessionId ?? null, lost });
}
await now.client.close();
