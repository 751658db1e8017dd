import { bunPath } from "./binaries.ts";
import { findTestFiles, ROOT } from "./files.ts";
import { runWithReport, type Summary } from "./summary.ts";

/** Runs the suite on Bun. */
export async function runOnBun(filter: string): Promise<Summary[]> {
  const files = findTestFiles(filter).map((path) => `./${path}`);
  if (files.length === 0) return [];
  const summary = await runWithReport("bun", (report) =>
    new Deno.Command(bunPath(), {
      args: [
        "test",
        "--preload=./tests/runtimes/bun_preload.ts",
        "--timeout=70000",
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        ...files,
      ],
      cwd: ROOT,
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }));
  return [summary];
}
