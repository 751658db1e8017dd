/**
 * Runs the packages that Ably builds on its client, once on `ably` and once on this library in its place, and compares what the
 * same programs see.
 *
 * @module
 */
import { snippets } from "../support/snippets.ts";
import { bunPath } from "../runtimes/binaries.ts";
import { ROOT } from "../runtimes/files.ts";
import type { Summary } from "../runtimes/summary.ts";
import { runAlias } from "./alias.ts";
import { must, nodePath, type Ran, runProgram } from "./run_program.ts";
import { pack } from "../tools/pack.ts";
import { packAlias } from "../tools/pack_alias.ts";

const FOLDER = `${ROOT}/tests/packages/programs`;
const PROGRAMS = ["chat", "spaces", "tokens", "hooks"];
/** Faults that declarations of `@ably/chat` have with every client: they name what is not there. */
const OWN_FAULTS = ["exported member 'ChatApi'", "Cannot find name 'InternalRooms'"];

/** The folders in which the packages are installed: with `ably` itself, and with this library in its place. */
interface Projects {
  official: string;
  ours: string;
}

/** Installs the packages, runs the programs on Node and Bun, and compiles them. */
export async function runPackages(filter: string): Promise<Summary[]> {
  const programs = PROGRAMS.filter((name) => name.includes(filter));
  const [types, alias] = ["types", "alias"].map((name) => name.includes(filter));
  if (programs.length === 0 && !types && !alias) return [];
  const tarballs = [`${ROOT}/${await pack()}`, `${ROOT}/${await packAlias()}`] as const;
  const summaries = alias ? await runAlias(tarballs) : [];
  if (programs.length === 0 && !types) return summaries;
  const projects = await install();
  await useLibrary(projects, tarballs);
  const runtimes = { Node: await nodePath(), Bun: bunPath() };
  for (const program of programs) {
    for (const [runtime, path] of Object.entries(runtimes)) {
      const [official, ours] = await Promise.all([
        run([path, `${program}.ts`], projects.official),
        run([path, `${program}.ts`], projects.ours),
      ]);
      summaries.push(compare(`packages, ${program} on ${runtime}`, official, ours));
    }
  }
  if (!types) return summaries;
  return [
    ...summaries,
    await compileCleanly("packages, types with the alias", projects.ours, "tsconfig.json"),
    await compileCleanly("packages, types without it", projects.official, "tsconfig.without.json"),
  ];
}

/** Installs what the manifest pins, unless an earlier run has done so. */
async function install(): Promise<Projects> {
  const manifest = await Deno.readTextFile(`${FOLDER}/package.json`);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(manifest));
  const name = new Uint8Array(digest).toHex().slice(0, 12);
  const cache = `${Deno.env.get("TMPDIR") ?? "/tmp"}/ably-edge-packages-${name}`;
  const projects = { official: `${cache}/official`, ours: `${cache}/ours` };
  if (!await exists(`${cache}/complete`)) {
    await Deno.remove(cache, { recursive: true }).catch(() => {});
    await Deno.mkdir(projects.official, { recursive: true });
    await Deno.copyFile(`${FOLDER}/package.json`, `${projects.official}/package.json`);
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    await must("npm", ["install", "--prefer-offline", ...quiet], projects.official);
    await must("cp", ["-R", projects.official, projects.ours], cache);
    await Deno.writeTextFile(`${cache}/complete`, "");
  }
  return projects;
}

/** Puts the library into both projects, and its alias in the place of `ably` into one; with the programs. */
async function useLibrary(
  { official, ours }: Projects,
  [library, alias]: readonly [string, string],
): Promise<void> {
  await unpack(library, `${official}/node_modules/@ably-edge/sdk`);
  await unpack(library, `${ours}/node_modules/@ably-edge/sdk`);
  await unpack(alias, `${ours}/node_modules/ably`);
  for (const { name } of Deno.readDirSync(FOLDER)) {
    for (const project of [official, ours]) {
      await Deno.copyFile(`${FOLDER}/${name}`, `${project}/${name}`);
    }
  }
  for (const { info, code } of snippets(await Deno.readTextFile(`${ROOT}/docs/alias.md`))) {
    if (info === "ignore packages") await Deno.writeTextFile(`${official}/documented.ts`, code);
  }
}

async function unpack(tarball: string, folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  await must("tar", ["xzf", tarball, "--strip-components=1"], folder);
}

async function run(command: readonly string[], cwd: string): Promise<Ran["lines"]> {
  return (await runProgram(command, cwd)).lines;
}

/** Counts the lines that are the same. */
function compare(where: string, official: readonly string[], ours: readonly string[]): Summary {
  const lines = Math.max(official.length, ours.length);
  let failed = official.at(-1)?.startsWith("ended") ? 0 : 1;
  for (let index = 0; index < lines; index++) {
    if (official[index] === ours[index]) continue;
    if (failed++ > 0) continue;
    console.log(`${where}: not the same\n  ably: ${official[index]}\n  here: ${ours[index]}`);
  }
  return { where, passed: lines - failed, failed, skipped: [] };
}

/** Compiles the programs with all declarations of the packages. */
async function compileCleanly(where: string, project: string, config: string): Promise<Summary> {
  const faults = (await compile(project, config)).filter((fault) =>
    !OWN_FAULTS.some((known) => fault.includes(known))
  );
  for (const fault of faults) console.log(`${where}: ${fault}`);
  return { where, passed: faults.length === 0 ? 1 : 0, failed: faults.length, skipped: [] };
}

/** The faults that the compiler finds, one line each. */
async function compile(cwd: string, config: string): Promise<string[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", `${ROOT}/node_modules/typescript/bin/tsc`, "--project", config],
    cwd,
    stdin: "null",
  });
  const { stdout } = await command.output();
  return new TextDecoder().decode(stdout).replaceAll(/\n +/g, " ").split("\n")
    .filter((line) => line.includes("error TS"));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
