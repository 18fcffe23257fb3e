// What both clients do: connect, list the tools, call one, and print all of it as one JSON line.
// Arguments: URL TOOL ARGUMENTS (JSON).
import { progressOf } from "./matrix/visit.mjs";

export async function visit(client, transport, callTool) {
  const [, , , tool, text] = process.argv;
  await client.connect(transport);
  // The clients may drop the last of it when the answer comes with it: what counts is what came.
  const progress = progressOf(transport);
  const { tools } = await client.listTools();
  const result = await callTool(
    { name: tool, arguments: JSON.parse(text ?? "{}") },
    { onprogress: () => {} },
  );
  console.log(
    JSON.stringify({
      server: client.getServerVersion()?.name,
      session: transport.sessionId ?? null,
      revision: transport.protocolVersion ?? null,
      tools: tools.map((each) => each.name),
      result,
      progress: progress(),
    }),
  );
  await transport.terminateSession?.();
  await client.close();
}
