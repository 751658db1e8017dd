import { bunPath } from "../runtimes/binaries.ts";
import { ROOT } from "../runtimes/files.ts";
import type { Summary } from "../runtimes/summary.ts";
import { must, nodePath, runProgram } from "./run_program.ts";

const PROGRAMS = `${ROOT}/tests/packages/programs`;
const PNPM = "pnpm@10.34.9";
/** The manifest of an application written for `ably`. */
const MANIFEST = {
  private: true,
  type: "module",
  dependencies: {
    "@ably/chat": "1.4.0",
    ably: "2.28.0",
    react: "19.2.0",
    "react-dom": "19.2.0",
  },
};

/** A way to install packages, and to run the application. */
interface Way {
  name: string;
  /** The command that installs packages; then their names follow. */
  add: string[];
  /** The command that removes packages. */
  remove: string[];
  /** The commands that run the application. */
  runs: string[][];
}

/** Puts the alias into an application as docs/alias.md says, runs it, goes back to `ably`, and runs it again. */
export async function runAlias(tarballs: readonly [string, string]): Promise<Summary[]> {
  const onNode = [await nodePath(), "alias.ts"];
  const onDeno = [Deno.execPath(), "run", "--allow-all", "--node-modules-dir=manual", "alias.ts"];
  const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
  const ways: Way[] = [
    {
      name: "npm",
      add: ["npm", "install", ...quiet],
      remove: ["npm", "uninstall", ...quiet],
      runs: [onNode, onDeno],
    },
    {
      name: "Bun",
      add: [bunPath(), "add"],
      remove: [bunPath(), "remove"],
      runs: [[bunPath(), "alias.ts"]],
    },
    {
      name: "pnpm",
      add: ["npx", "--yes", PNPM, "add", "--ignore-scripts"],
      remove: ["npx", "--yes", PNPM, "remove"],
      runs: [onNode],
    },
  ];
  return [
    ...await Promise.all(ways.map((way) => thereAndBack(way, tarballs))),
    await importMap(tarballs[0]),
  ];
}

async function thereAndBack(way: Way, tarballs: readonly string[]): Promise<Summary> {
  const folder = await Deno.makeTempDir({ prefix: "alias-" });
  const summary: Summary = {
    where: `packages, alias with ${way.name}`,
    passed: 0,
    failed: 0,
    skipped: [],
  };
  const command = ([program, ...args]: string[]) => must(program!, args, folder);
  try {
    await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(MANIFEST));
    for (const file of ["alias.ts", "support.ts"]) {
      await Deno.copyFile(`${PROGRAMS}/${file}`, `${folder}/${file}`);
    }
    const files = tarballs.map((tarball) => tarball.slice(tarball.lastIndexOf("/") + 1));
    for (const [index, file] of files.entries()) {
      await Deno.copyFile(tarballs[index]!, `${folder}/${file}`);
    }
    await command([...way.add, ...files.map((file) => `./${file}`)]);
    for (const run of way.runs) await check(summary, "ably-edge", () => runProgram(run, folder));
    await command([...way.add, `ably@${MANIFEST.dependencies.ably}`]);
    await command([...way.remove, "@ably-edge/sdk"]);
    // With `ably` itself, so that the test sees that nothing is left of the alias.
    await check(summary, "ably-js", () => runProgram(way.runs[0]!, folder));
    return summary;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs an application whose import map names this library. */
async function importMap(library: string): Promise<Summary> {
  const folder = await Deno.makeTempDir({ prefix: "alias-" });
  const summary: Summary = {
    where: "packages, alias in an import map",
    passed: 0,
    failed: 0,
    skipped: [],
  };
  const imports = { ably: "./sdk/index.js", "ably/liveobjects": "./sdk/liveobjects.js" };
  try {
    await Deno.mkdir(`${folder}/sdk`);
    await must("tar", ["xzf", library, "--strip-components=1"], `${folder}/sdk`);
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ imports }));
    await Deno.copyFile(`${PROGRAMS}/support.ts`, `${folder}/support.ts`);
    await Deno.copyFile(`${PROGRAMS}/import_map.ts`, `${folder}/import_map.ts`);
    const run = [Deno.execPath(), "run", "--allow-all", "--no-check", "import_map.ts"];
    await check(summary, "ably-edge", () => runProgram(run, folder));
    return summary;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Counts whether the application came to its end with the client that it is meant to have. */
async function check(
  summary: Summary,
  agent: string,
  run: () => ReturnType<typeof runProgram>,
): Promise<void> {
  const { lines, agents } = await run();
  const works = lines.at(-1)?.startsWith("ended") === true && agents.length > 0 &&
    agents.every((sent) => sent.startsWith(agent));
  if (!works) {
    console.log(`${summary.where}: not with ${agent}: ${JSON.stringify({ lines, agents })}`);
  }
  summary[works ? "passed" : "failed"]++;
}
