// A proxy that notes every request which passes through it, one JSON line each.
import { appendFileSync } from "node:fs";
import { createServer, request } from "node:http";

/** Starts it; resolves to its address and a function that ends it. */
export async function startTap(file) {
  const server = createServer((incoming, outgoing) => forward(file, incoming, outgoing));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function forward(file, incoming, outgoing) {
  const chunks = [];
  incoming.on("data", (chunk) => chunks.push(chunk));
  incoming.on("end", () => {
    const body = Buffer.concat(chunks);
    note(file, incoming, body);
    const onward = request(
      incoming.url,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    onward.end(body);
  });
}

function note(file, incoming, body) {
  const line = {
    method: incoming.method,
    url: incoming.url,
    agent: incoming.headers["user-agent"] ?? null,
    message: methodOf(body),
  };
  appendFileSync(file, JSON.stringify(line) + "\n");
}

function methodOf(body) {
  try {
    return JSON.parse(body.toString()).method ?? null;
  } catch {
    return null;
  }
}
