/**
 * The time that the import of the installed package takes, beside `ably` and an empty module: processor time of a fresh process,
 * and the time that passes. In workerd it is the processor time until the first answer, beyond that of an empty Worker, of a
 * bundle as Wrangler makes it. Runs on Deno, which starts the others.
 *
 * @module
 */
import { nodePath } from "../packaging/program.ts";
import { bunPath } from "../runtimes/binaries.ts";
import { ROOT } from "../runtimes/files.ts";
import { bundleWorker } from "../runtimes/workerd_bundle.ts";
import { pack } from "../tools/pack.ts";
import { isWanted, median } from "./support/compare.ts";
import { serveWorker } from "./support/start_worker.ts";

const ROUNDS = 15;
const EMPTY = "./empty.js";
const PACKAGES = ["@ably-edge/sdk", "ably"];

const PROGRAM = `import process from "node:process";
const start = performance.now();
const before = process.cpuUsage();
await import(process.argv[2]);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify([(user + system) / 1_000, performance.now() - start]));
`;

const folder = await install();
try {
  await compareImports("Node", [await nodePath("26.10.0")]);
  await compareImports("Bun", [bunPath()]);
  // As in a new container: Bun keeps translated files for later starts.
  await compareImports("Bun, first start", [bunPath()], { BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" });
  await compareImports("Deno", [Deno.execPath(), "run", "--allow-all", "--no-lock"]);
  await compareWorkers();
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Makes a project with both packages. */
async function install(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const target = `${folder}/node_modules/@ably-edge/sdk`;
  await Deno.mkdir(target, { recursive: true });
  const args = ["-xzf", `${ROOT}/${await pack()}`, "-C", target, "--strip-components=1"];
  await new Deno.Command("tar", { args }).output();
  // A link is enough: the imports of a linked package are found from its real place.
  await Deno.symlink(`${ROOT}/node_modules/ably`, `${folder}/node_modules/ably`);
  await Deno.writeTextFile(`${folder}/package.json`, `{ "type": "module" }`);
  await Deno.writeTextFile(`${folder}/main.js`, PROGRAM);
  await Deno.writeTextFile(`${folder}/${EMPTY}`, "export {};");
  return folder;
}

async function compareImports(
  runtime: string,
  [program, ...args]: string[],
  env: Record<string, string> = {},
): Promise<void> {
  await table(`import on ${runtime}`, [...PACKAGES, EMPTY], async (name) => {
    const { stdout } = await new Deno.Command(program!, {
      args: [...args, "main.js", name],
      cwd: folder,
      env,
      stderr: "inherit",
    }).output();
    return JSON.parse(new TextDecoder().decode(stdout)) as number[];
  });
}

async function compareWorkers(): Promise<void> {
  const answer = `export default { fetch: () => new Response("ready") };`;
  const workers: Record<string, string> = {
    "@ably-edge/sdk": 'import * as sdk from "@ably-edge/sdk";',
    "@ably-edge/sdk, Rest": 'import { Rest as sdk } from "@ably-edge/sdk";',
    "ably": 'import * as sdk from "ably";',
  };
  const bundles = new Map<string, string>();
  for (const [name, imported] of Object.entries(workers)) {
    const file = `${folder}/worker_${bundles.size}.js`;
    await Deno.writeTextFile(file, `${imported} globalThis.sdk = sdk; ${answer}`);
    bundles.set(name, await bundleWorker(file, { keepNames: true }));
  }
  await table("import in workerd", [...bundles.keys()], async (name) => {
    return [await firstAnswer(bundles.get(name)!) - await firstAnswer(answer)];
  });
}

/** The processor time of workerd until its first answer, in milliseconds. */
async function firstAnswer(code: string): Promise<number> {
  await using worker = await serveWorker(code);
  return worker.processorTime() / 1_000;
}

/** @param measure Returns milliseconds of processor time, and perhaps those that passed. */
async function table(
  title: string,
  names: readonly string[],
  measure: (name: string) => Promise<number[]>,
): Promise<void> {
  if (!isWanted(title)) return;
  const rows = names.map(() => [] as number[][]);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, name] of names.entries()) {
      const row = await measure(name);
      if (round >= 0) rows[index]!.push(row);
    }
  }
  console.log(title);
  for (const [index, name] of names.entries()) {
    const [cpu, wall] = rows[index]![0]!.map((_, column) =>
      median(rows[index]!.map((row) => row[column]!)).toFixed(1).padStart(7)
    );
    console.log(
      `  ${name.padEnd(24)} ${cpu} ms${wall === undefined ? "" : `   (${wall} ms pass)`}`,
    );
  }
}
