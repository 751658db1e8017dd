/**
 * Runs the benchmarks on each runtime, one after the other. Words narrow them: the name of a runtime, a part of a file's name, and
 * anything else to the titles that contain it, such as `deno task bench node realtime "publish json"`.
 *
 * @module
 */
import { nodePath } from "../packaging/program.ts";
import { bunPath } from "../runtimes/binaries.ts";

/** The most minutes for one file on one runtime: it takes two at most on a machine that does nothing else. */
const LIMIT = 10;

const folder = new URL("./", import.meta.url).pathname;
const hooks = `${folder}support/node_hooks.mjs`;
const runtimes: Record<string, () => string[] | Promise<string[]>> = {
  Deno: () => [Deno.execPath(), "run", "--allow-all", "--v8-flags=--expose-gc"],
  Bun: () => [bunPath()],
  Node: async () => [await nodePath("26.10.0"), "--expose-gc", "--import", hooks],
};
/** The files that start other runtimes themselves. */
const ON_DENO_ONLY = ["import_bench.ts", "workerd_bench.ts"];

const all = [...Deno.readDirSync(folder)].map(({ name }) => name)
  .filter((name) => name.endsWith("_bench.ts")).sort();
const isRuntime = (word: string) => Object.keys(runtimes).some((name) => isSame(name, word));
const isFile = (word: string) => all.some((name) => name.includes(word));

const wantedRuntimes = Deno.args.filter(isRuntime);
const wantedFiles = Deno.args.filter((word) => !isRuntime(word) && isFile(word));
const titles = Deno.args.filter((word) => !isRuntime(word) && !isFile(word));

for (const file of all.filter((name) => wantedFiles.every((word) => name.includes(word)))) {
  for (const [runtime, commandOf] of Object.entries(runtimes)) {
    if (wantedRuntimes.length > 0 && !wantedRuntimes.some((word) => isSame(word, runtime))) {
      continue;
    }
    if (ON_DENO_ONLY.includes(file) && runtime !== "Deno") continue;
    await run(`${file} on ${runtime}`, [...await commandOf(), folder + file, ...titles]);
  }
}

async function run(title: string, [program, ...args]: string[]): Promise<void> {
  console.log(`\n${title}`);
  const signal = AbortSignal.timeout(LIMIT * 60_000);
  const start = performance.now();
  const { success } = await new Deno.Command(program!, { args, signal }).spawn().status;
  console.log(`(${((performance.now() - start) / 1_000).toFixed(0)} s)`);
  if (signal.aborted) console.error(`${title} did not end within ${LIMIT} minutes`);
  if (!success) Deno.exit(1);
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
