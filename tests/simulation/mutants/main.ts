/**
 * Applies each mutant to a copy of the library, and lets the simulator look for it: `deno task mutants [most seeds] [pattern of a
 * name]`.
 *
 * @module
 */
import { type Mutant, MUTANTS } from "./mutants.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const COPIED = ["src", "tests", "mod.ts", "deno.json", "deno.lock", "package.json"];

/** The number of mutants that the simulator may miss. */
const MOST_MISSED = 2;

const [mostSeeds = "1000", part = ""] = Deno.args;
const scratch = await Deno.makeTempDir();
try {
  for (const name of COPIED) await copy(`${ROOT}${name}`, `${scratch}/${name}`);
  await Deno.symlink(`${ROOT}node_modules`, `${scratch}/node_modules`);
  let missed = 0;
  for (const mutant of MUTANTS.filter(({ name }) => new RegExp(part).test(name))) {
    const found = await search(mutant);
    if (found === undefined) missed++;
    console.log(`${found ?? `Missed in ${mostSeeds} seeds`}: ${mutant.name}`);
  }
  console.log(`${missed} missed`);
  Deno.exitCode = missed > MOST_MISSED ? 1 : 0;
} finally {
  await Deno.remove(scratch, { recursive: true });
}

/** Applies a mutant, and returns the seed that finds it with the rule that it breaks. */
async function search({ name, file, find, replace }: Mutant): Promise<string | undefined> {
  const path = `${scratch}/${file}`;
  const source = await Deno.readTextFile(path);
  if (source.split(find).length !== 2) throw new Error(`"${name}" does not fit ${file}`);
  await Deno.writeTextFile(path, source.replace(find, () => replace));
  try {
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--no-lock", "tests/simulation/main.ts", mostSeeds, "1", "first"],
      cwd: scratch,
    }).output();
    if (success) return undefined;
    const text = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    const found = /^Seed (\d+):\n {2}([^:]*)/m.exec(text);
    if (found === null) throw new Error(`The simulator failed: ${text}`);
    return `Seed ${found[1]}, "${found[2]}"`;
  } finally {
    await Deno.writeTextFile(path, source);
  }
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}
