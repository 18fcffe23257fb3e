// What is done in each cell of the matrix, whichever client it is.
import assert from "node:assert/strict";

const answers = { elicitation: { name: "Ann" }, sampling: "Paris" };

/** Connects, does everything, and leaves; adds to `steps` what was done. */
export async function visit(sdk, cell, steps) {
  const peer = await sdk.connect(cell, answers);
  try {
    assert.equal(peer.revision(), cell.revision);
    steps.push(peer.revision());
    const { tools } = await peer.client.listTools();
    for (const server of cell.servers) {
      await use(peer, namesOf(server), tools, steps);
    }
  } finally {
    await peer.leave();
  }
  if (cell.says) {
    assert.match(peer.heard(), new RegExp(cell.says));
  }
}

function namesOf(server) {
  return server === null
    ? { name: (text) => text, uri: (text) => text }
    : { name: (text) => `${server}__${text}`, uri: (text) => `${server}+${text}` };
}

async function use(peer, { name, uri }, tools, steps) {
  const call = (tool, args = {}, seen) => peer.call({ name: name(tool), arguments: args }, seen);
  const text = ({ content }) => content[0].text;

  assert.ok(tools.some((tool) => tool.name === name("test_simple_text")));
  steps.push("list");

  assert.match(text(await call("test_simple_text")), /simple text response/);
  steps.push("text");

  // These clients forget who waits for progress as soon as they read the answer, although they may
  // not have got round to the progress before it: what counts is what came, and that it is told.
  const told = [];
  const before = peer.progress().length;
  await call("test_tool_with_progress", {}, (step) => told.push(step.progress));
  assert.deepEqual(peer.progress().slice(before), [0, 50, 100]);
  assert.deepEqual(told, [0, 50, 100].slice(0, Math.max(told.length, 1)));
  steps.push("progress");

  assert.match(text(await call("test_input_required_result_elicitation")), /Ann/);
  steps.push("elicitation");

  assert.match(text(await call("test_input_required_result_sampling")), /Paris/);
  steps.push("sampling");

  const read = await peer.client.readResource({ uri: uri("test://static-text") });
  assert.equal(read.contents[0].uri, uri("test://static-text"));
  assert.match(read.contents[0].text, /static text resource/);
  steps.push("resource");

  const prompt = await peer.client.getPrompt({
    name: name("test_prompt_with_arguments"),
    arguments: { arg1: "one", arg2: "two" },
  });
  assert.match(prompt.messages[0].content.text, /arg1='one', arg2='two'/);
  steps.push("prompt");

  assert.equal((await call("test_error_handling")).isError, true);
  await assert.rejects(
    peer.client.readResource({ uri: uri("test://nothing") }),
    ({ code }) => code === -32002 || code === -32602,
  );
  steps.push("errors");
}

/** What of a transport's messages is progress; to be called once its client is connected. */
export function progressOf(transport) {
  const seen = [];
  const read = transport.onmessage;
  transport.onmessage = (message, extra) => {
    if (message.method === "notifications/progress") {
      seen.push(message.params.progress);
    }
    read(message, extra);
  };
  return () => seen;
}
