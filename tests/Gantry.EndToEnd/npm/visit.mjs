// What both clients do: connect, list the tools, call one, and print all of it as one JSON line.
// Arguments: URL TOOL ARGUMENTS (JSON).

export async function visit(client, transport, callTool) {
  const [, , , tool, text] = process.argv;
  const progress = [];
  await client.connect(transport);
  const { tools } = await client.listTools();
  const result = await callTool(
    { name: tool, arguments: JSON.parse(text ?? "{}") },
    { onprogress: (step) => progress.push(step) },
  );
  console.log(
    JSON.stringify({
      server: client.getServerVersion()?.name,
      session: transport.sessionId ?? null,
      revision: transport.protocolVersion ?? null,
      tools: tools.map((each) => each.name),
      result,
      progress,
    }),
  );
  await transport.terminateSession?.();
  await client.close();
}
