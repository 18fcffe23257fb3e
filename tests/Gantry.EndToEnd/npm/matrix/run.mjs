// The TypeScript clients in many cells of the matrix. The argument is a file with a JSON array of
// cells: { name, client: "v1" | "v2", era, kind, where, revision, says, servers }. `where` is a URL,
// or the words of a command line for stdio. `servers` are the names of those that the address joins,
// or [null] for one server alone. Prints a JSON object for each cell: { name, steps, problem? }.
import { readFileSync } from "node:fs";
import * as v1 from "./sdk-v1.mjs";
import * as v2 from "./sdk-v2.mjs";
import { visit } from "./visit.mjs";

const clients = { v1, v2 };
for (const cell of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  const steps = [];
  try {
    await within(cell, steps);
    console.log(JSON.stringify({ name: cell.name, steps }));
  } catch (error) {
    const problem = `after ${steps.at(-1) ?? "nothing"}: ${error.code ?? ""} ${error.message ?? error}`;
    console.log(JSON.stringify({ name: cell.name, steps, problem }));
  }
}
// What a failed cell left open must not keep the process.
process.exit(0);

function within(cell, steps) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("it took longer than 30 s")), 30_000);
  });
  return Promise.race([visit(clients[cell.client], cell, steps), late]).finally(() =>
    clearTimeout(timer),
  );
}
