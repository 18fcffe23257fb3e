// A server of revision 2026-07-28 over HTTP that greets everybody, and then shows each of those it
// knows a tool of their own, and the others nothing. Listens on PORT of its environment.
import { createServer } from "node:http";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

const known = new Map(
  ["ann", "bob"].map((name) => [`Bearer ${name}-secret`, { name, handler: handlerOf(name) }]),
);
const stranger = { handler: handlerOf("nobody") };
const greetings = ["server/discover", "subscriptions/listen"];

function handlerOf(name) {
  return createMcpHandler(
    () => {
      const server = new McpServer({ name: "guarded", version: "1.0.0" });
      server.registerTool(
        `of_${name}`,
        { description: "Says whose it is.", inputSchema: z.object({}) },
        () => ({ content: [{ type: "text", text: `This is for ${name}.` }] }),
      );
      return server;
    },
    { legacy: "reject" },
  );
}

const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const caller = known.get(incoming.headers.authorization);
  if (!caller && !greetings.includes(incoming.headers["mcp-method"])) {
    outgoing.writeHead(401, { "WWW-Authenticate": "Bearer" });
    outgoing.end();
    return;
  }

  const answer = await (caller ?? stranger).handler.fetch(
    new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method,
      headers: incoming.headers,
      body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    }),
  );
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
  for await (const chunk of answer.body ?? []) outgoing.write(chunk);
  outgoing.end();
});
server.listen(Number(process.env.PORT), "127.0.0.1");
