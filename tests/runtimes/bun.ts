import { bunPath } from "./binaries.ts";
import { findTestFiles } from "./files.ts";
import { runWithReport, type Summary } from "./summary.ts";

const NOISE = /^$|^bun test v/;

/** Runs the suite on Bun. */
export async function runOnBun(filter: string): Promise<Summary[]> {
  const files = findTestFiles(filter).map((path) => `./${path}`);
  if (files.length === 0) return [];
  const summary = await runWithReport("bun", (report) => ({
    program: bunPath(),
    args: [
      "test",
      "--tsconfig-override=tsconfig.json", // Not that of an example, which does not lead to the sources.
      "--preload=./tests/runtimes/bun_preload.ts",
      "--timeout=70000",
      "--only-failures",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...files,
    ],
    noise: NOISE,
  }));
  return [summary];
}
