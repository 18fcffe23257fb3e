// A server of revision 2026-07-28 over HTTP and of no other. Listens on PORT of its environment.
import { createServer } from "node:http";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

const handler = createMcpHandler(
  () => {
    const server = new McpServer({ name: "modern", version: "1.0.0" });
    server.registerTool(
      "echo",
      { description: "Says it again.", inputSchema: z.object({ message: z.string() }) },
      ({ message }) => ({ content: [{ type: "text", text: `Echo: ${message}` }] }),
    );
    return server;
  },
  { legacy: "reject" },
);

const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const answer = await handler.fetch(
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
