import { assert, assertMatch, skip, test } from "../harness.ts";
import { isThere, printed, type Printer, PRINTERS, type Program } from "./support/programs.ts";
import { makeProject } from "./support/programs.ts";

const IMPORT = `import { Rest } from "@ably-edge/sdk/rest";`;
const CALLER = `async function caller() {
  const rest = new Rest({ key: "app.key:secret" });
  await rest.channels.get("orders").publish("placed", 17n);
}`;

const SITUATIONS: Record<string, { code: string; printers: readonly Printer[] }> = {
  // workerd prints nothing of a rejection, and wants its code in a request.
  "is not caught": {
    code: `function caller() {\n  return new Rest({ key: "abc" });\n}\ncaller();`,
    printers: ["deno", "node", "bun", "chromium"],
  },
  "is rejected and not handled": {
    code: `${CALLER}\nvoid caller();`,
    printers: ["deno", "node", "bun", "chromium"],
  },
  "is logged with console.error": {
    code: `${CALLER}\ntry { await caller(); } catch (error) { console.error(error); }`,
    printers: PRINTERS,
  },
};

const TEST_RUNNERS: Partial<Record<Printer, string>> = {
  deno: "const { test } = Deno;",
  node: `import { test } from "node:test";`,
  bun: `import { test } from "bun:test";`,
};

/** Runs a program, and checks that its output has all parts of the error. */
async function check(printer: Printer, program: Program): Promise<void> {
  await using project = await makeProject();
  const output = await printed(printer, program, project);
  const [code, message, remedy] = program.code.includes("17n")
    ? [40013, /bigint/, /string, binary data/]
    : [40005, /API key/, /appId\.keyId:secret/];
  assertMatch(output, message);
  assertMatch(output, remedy);
  assertMatch(output, new RegExp(`\\b${code}\\b`));
  assertMatch(output, new RegExp(`https://help\\.ably\\.io/error/${code}`));
  const frames = output.split("\n").filter((line) => /^\s+at /.test(line));
  const caller = frames.findIndex((line) => /\bcaller\b/.test(line));
  // A worker and the script of a page are one file with the library.
  const isBundled = printer === "workerd" || printer === "chromium";
  assert(isBundled ? caller >= 0 : caller === 0, output);
}

function checkOn(printer: Printer, name: string, program: Program): void {
  if (!isThere(printer)) return skip(name, `there is no ${printer}`);
  test(name, () => check(printer, program), { leaks: "esbuild" });
}

for (const [situation, { code, printers }] of Object.entries(SITUATIONS)) {
  for (const printer of printers) {
    const name = `TI5: an error that ${situation} shows all of itself on ${printer}`;
    checkOn(printer, name, { name: "main", code: `${IMPORT}\n${code}` });
  }
}

for (const [printer, start] of Object.entries(TEST_RUNNERS)) {
  const name =
    `TI5: an error that fails a test shows all of itself in the test runner of ${printer}`;
  const code =
    `${start}\n${IMPORT}\n${CALLER}\ntest("a test", async () => {\n  await caller();\n});`;
  checkOn(printer as Printer, name, { name: "main", code, isTest: true });
}
