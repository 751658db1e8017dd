import { bunPath } from "./binaries.ts";
import { findPrivilegedTestFiles, findTestFiles, findUnrestrictedTestFiles } from "./files.ts";
import { runWithReport, type Summary } from "./summary.ts";

// A library that reads the environment or a file by accident fails here.
const LIBRARY = ["--allow-net=127.0.0.1"];
// The official client looks at its environment and its certificates; examples are processes of their own.
const PRIVILEGED = [
  "--allow-net=127.0.0.1,localhost",
  "--allow-env",
  "--allow-read",
  "--allow-sys",
  `--allow-run=${Deno.execPath()},${bunPath()}`,
];

const NOISE = /^$|^running \d+ tests? from|\.\.\. (?:ok|ignored) \(/;

/** Runs the suite on Deno, then the tests that need more permissions, then those that need all. */
export async function runOnDeno(filter: string): Promise<Summary[]> {
  return [
    ...await denoTest("deno", findTestFiles(filter), [...LIBRARY, ...fixtureAccess()]),
    ...await denoTest("deno, privileged", findPrivilegedTestFiles(filter), PRIVILEGED),
    ...await denoTest("deno, all permissions", findUnrestrictedTestFiles(filter), ["--allow-all"]),
  ];
}

async function denoTest(where: string, files: string[], access: string[]): Promise<Summary[]> {
  if (files.length === 0) return [];
  const summary = await runWithReport(where, (report) => ({
    program: Deno.execPath(),
    args: ["test", "--no-check", "--no-prompt", `--junit-path=${report}`, ...access, ...files],
    noise: NOISE,
  }));
  return [summary];
}

function fixtureAccess(): string[] {
  const folder = Deno.env.get("ABLY_FIXTURES");
  return folder ? ["--allow-env=ABLY_FIXTURES", `--allow-read=${folder}`] : [];
}
