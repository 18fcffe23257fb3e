// What the conformance suite starts as its client: a Gantry with the suite's server as `url:`, and
// behind it a client that knows only Gantry. Everything that reaches the suite's server passes
// through a tap, whose notes go to TAP_FILE.
//
// Environment: GANTRY_EXE, TAP_FILE, and what the suite sets. Last argument: the server's URL.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTap } from "./tap.mjs";

const url = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? "";
const home = mkdtempSync(join(tmpdir(), "gantry-conformance-"));
const tap = await startTap(process.env.TAP_FILE);
writeFileSync(join(home, "gantry.json"), JSON.stringify(configuration()));

const gantry = spawn(
  process.env.GANTRY_EXE,
  ["up", "gantry.json", "--listen", "127.0.0.1:0", "--state-dir", join(home, "state")],
  {
    cwd: home,
    env: {
      ...process.env,
      http_proxy: tap.address,
      no_proxy: "",
      GANTRY_BROWSER: `${process.execPath} ${join(import.meta.dirname, "browser.mjs")}`,
    },
    stdio: ["ignore", 2, 2],
  },
);

let code = 1;
try {
  code = await drive(await ready());
} finally {
  gantry.kill("SIGINT");
  await new Promise((gone) => (gantry.exitCode === null ? gantry.once("exit", gone) : gone()));
  tap.stop();
  rmSync(home, { recursive: true, force: true });
}
process.exit(code);

function configuration() {
  // Only a client with an instance of its own can be asked something.
  const isolation = scenario.startsWith("elicitation") ? "session" : "shared";
  const auth = scenario.startsWith("auth/") ? { auth: authentication() } : {};
  return { servers: { suite: { url, isolation, ...auth } } };
}

// What an operator would have been told beforehand.
function authentication() {
  const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT || "{}");
  const { client_id, client_secret, issuer, private_key_pem } = context;
  const auth = { type: "oauth", client_id, client_secret, issuer };
  if (private_key_pem) {
    auth.private_key_file = "key.pem";
    writeFileSync(join(home, auth.private_key_file), private_key_pem, { mode: 0o600 });
  }
  if (scenario.startsWith("auth/client-credentials")) auth.grant = "client_credentials";
  if (scenario === "auth/basic-cimd") {
    auth.client_metadata_url = "https://conformance-test.local/client-metadata.json";
  }
  return auth;
}

async function ready() {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const address = noted();
    const answer = address && (await fetch(`${address}/health/ready`).catch(() => null));
    if (answer?.ok) return address;
    await new Promise((later) => setTimeout(later, 20));
  }
  throw new Error("Gantry is not ready.");
}

// Where it listens, once it does.
function noted() {
  const note = join(home, "state", "daemon.json");
  return existsSync(note) ? JSON.parse(readFileSync(note, "utf8")).url : null;
}

// It gets neither the suite's address nor a way to it.
function drive(address) {
  const driver = spawn(
    process.execPath,
    [join(import.meta.dirname, "conformance-driver.mjs"), `${address}/mcp/suite`],
    {
      env: {
        PATH: process.env.PATH,
        MCP_CONFORMANCE_SCENARIO: scenario,
        MCP_CONFORMANCE_CONTEXT: process.env.MCP_CONFORMANCE_CONTEXT ?? "",
      },
      stdio: ["ignore", 2, 2],
    },
  );
  return new Promise((ended) => driver.once("exit", (exit) => ended(exit ?? 1)));
}
