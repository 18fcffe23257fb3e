// What the conformance suite starts as its client to see a person log in by hand: a daemon that
// opens no browser, and the commands beside it. Ends with 1 when one of them says what it should
// not.
//
// Environment: GANTRY_EXE, and what the suite sets. Last argument: the server's URL.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const url = process.argv.at(-1);
const home = mkdtempSync(join(tmpdir(), "gantry-login-"));
const state = join(home, "state");
const browser = `${process.execPath} ${join(import.meta.dirname, "browser.mjs")}`;
writeFileSync(join(home, "gantry.json"), JSON.stringify({ servers: { suite: { url } } }));

const daemon = spawn(
  process.env.GANTRY_EXE,
  ["up", home, "--listen", "127.0.0.1:0", "--state-dir", state],
  { stdio: ["ignore", 2, 2] },
);
const gone = new Promise((resolve) => daemon.once("exit", resolve));
try {
  await until(["status"], "needs login: run 'gantry login suite'");
  await expect(["login", "suite"], "Logged in to suite.");
  await until(["status"], "ready");
  await expect(["logins", "--rotate-key"], "good");
  await expect(["call", "suite", "test-tool"], "test");
  await expect(["logout", "suite"], "Logged out of suite.");
  await expect(["logins"], "There are no logins.");
  daemon.kill("SIGINT");
  await gone;
  await expect(["login", "suite", "--config", home], "Logged in to suite.");
  await expect(["call", "suite", "test-tool", "--config", home], "test");
} finally {
  daemon.kill("SIGINT");
  await gone;
  rmSync(home, { recursive: true, force: true });
}

async function expect(words, text) {
  const said = await run(words);
  if (!said.includes(text)) {
    throw new Error(`gantry ${words.join(" ")} did not say '${text}' but:\n${said}`);
  }
}

async function until(words, text) {
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await run(words)).includes(text)) return;
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error(`gantry ${words.join(" ")} never said '${text}'.`);
}

function run(words) {
  const command = spawn(process.env.GANTRY_EXE, [...words, "--state-dir", state], {
    env: { ...process.env, GANTRY_BROWSER: browser },
    stdio: ["ignore", "pipe", 2],
  });
  let said = "";
  command.stdout.on("data", (text) => (said += text));
  return new Promise((ended) => command.once("close", () => ended(said)));
}
