import type { Metafile } from "esbuild";
import { createService, serve } from "../../src/testing/mod.ts";
import { assert } from "../assert.ts";
import { bunPath, workerdBinary } from "../runtimes/binaries.ts";
import { ROOT } from "../runtimes/files.ts";
import { lines } from "../runtimes/lines.ts";
import type { Summary } from "../runtimes/summary.ts";
import { build } from "../support/esbuild.ts";
import { snippets } from "../support/snippets.ts";
import { pack } from "../tools/pack.ts";
import { run } from "./process.ts";
import { checkProgram, nodePath, type ProgramCommand } from "./program.ts";
import { firstSteps, linkClone } from "./first_steps.ts";
import { runWranglerDev, writeRecipes } from "./recipes.ts";
import { denoChecks } from "./template_deno.ts";
import { pageChecks } from "./template_pages.ts";
import { scriptChecks } from "./template_scripts.ts";
import { workerChecks } from "./template_workers.ts";
import { type Checks, copyDenoTemplates, copyNpmTemplates, runChecks } from "./templates.ts";

const PUBLINT = "publint@0.3.25";
const ATTW = "@arethetypeswrong/cli@0.18.5";
const PNPM = "pnpm@12.21.0";
const YARN = "@yarnpkg/cli-dist@4.18.1";
const CONSUMER_FOLDER = `${ROOT}/tests/packaging/consumers`;
const TYPE_TESTS = `${ROOT}/tests/types`;
const RUN_DEADLINE = 2 * 60_000;
const NODES = ["22.23.3", "26.10.0"];
// The first with process.getBuiltinModule, which the local service needs, and the last of its line.
const OLD_NODES = ["20.16.0", "20.20.2"];
const MODULES = "../../node_modules";
const MAX_INSTALLED_BYTES = 2_000_000;
/** Of `ErrorInfo`, and the tables of @std/encoding, whose calls at import are its own; not minified. */
const MAX_ERROR_BYTES = 8_000;

/** A program to run in a consumer's folder. */
interface Step {
  program: string;
  args: string[];
}

/** A project that has installed the tarball. */
interface Project {
  folder: string;
  /** The client options for the local service, as JSON. */
  service: string;
}

/** The installation of a project, and the commands to run in it. */
interface Consumer {
  folder: string;
  /** The files of the project besides those in its folder here. */
  prepare?: (folder: string) => Promise<void>;
  /** Without it, there is no project yet, and no folder here. */
  install?: Step;
  runs: ((project: Project) => Promise<Summary>)[];
}

// A registry's cache is good enough: what is installed is pinned.
const npmInstall: Step = {
  program: "npm",
  args: ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
};

const CONSUMERS: readonly Consumer[] = [
  {
    folder: "types",
    install: npmInstall,
    runs: [
      (project) => checkTypes(project, "nodenext"),
      (project) => checkTypes(project, "bundler"),
    ],
  },
  // Node's usual types, which lack much of what browsers have.
  {
    folder: "types_node",
    install: npmInstall,
    runs: [(project) => checkTypes(project, "nodenext")],
  },
  {
    folder: "node",
    install: npmInstall,
    runs: [
      ({ folder }) => checkInstalled(`${folder}/../node_modules`),
      ...NODES.map((version) => (project: Project) => {
        const args = ["--yes", `node@${version}`, "main.ts"];
        return smoke(`Node ${version}`, project, { program: "npx", args });
      }),
    ],
  },
  {
    folder: "bun",
    install: { program: bunPath(), args: ["install", "--silent"] },
    runs: [(project) => smoke("Bun", project, { program: bunPath(), args: ["main.ts"] })],
  },
  {
    folder: "pnpm",
    install: { program: "npx", args: ["--yes", PNPM, "install", "--silent", "--ignore-scripts"] },
    runs: [(project) => smokeOnNode("pnpm", project, ["main.ts"])],
  },
  {
    folder: "yarn", // Plug'n'Play: without node_modules.
    install: { program: "npx", args: ["--yes", YARN, "install", "--no-immutable"] },
    runs: [
      (project) => {
        const loader = ["--require", "../.pnp.cjs", "--loader", "../.pnp.loader.mjs"];
        return smokeOnNode("Yarn", project, [...loader, "main.ts"]);
      },
      (project) => checkTemplates("program with Yarn", yarnProgram, project),
    ],
  },
  {
    folder: "program",
    install: npmInstall,
    runs: programs().map((command) => ({ folder }: Project) =>
      checkProgram(command, `${folder}/..`)
    ),
  },
  {
    folder: "recipes",
    prepare: writeRecipes,
    install: npmInstall,
    runs: [
      ({ folder }) =>
        onNode("recipe for Vitest", [`${MODULES}/vitest/vitest.mjs`, "run"], `${folder}/vitest`),
      ({ folder }) => {
        const args = ["--experimental-vm-modules", `${MODULES}/jest/bin/jest.js`, "--rootDir", "."];
        return onNode("recipe for Jest", args, `${folder}/jest`);
      },
      async ({ folder }) => await runWranglerDev(await nodePath(NODES[0]!), folder),
    ],
  },
  { folder: "worker", install: npmInstall, runs: [runInWorkerd, bundleOneName] },
  {
    folder: "templates",
    prepare: copyNpmTemplates,
    install: npmInstall,
    runs: [
      (project) => checkTemplates("templates, Workers", workerChecks, project),
      (project) => checkTemplates("templates, scripts", scriptChecks, project),
      (project) => checkTemplates("templates, pages", pageChecks, project),
    ],
  },
  {
    folder: "deno",
    prepare: copyDenoTemplates,
    runs: [(project) => checkTemplates("templates, Deno", denoChecks, project)],
  },
  {
    folder: "first_steps",
    prepare: linkClone,
    runs: [
      (project) => checkTemplates("first steps", firstSteps({ pnpm: PNPM, yarn: YARN }), project),
    ],
  },
  { folder: "rspack", install: npmInstall, runs: [runRspackBundle] },
  { folder: "vite", install: npmInstall, runs: [runViteBuild] },
  {
    folder: "vitest",
    prepare: writeRecipe,
    install: npmInstall,
    runs: [bundleWithWrangler, runVitest],
  },
];

/** Yarn starts the program inside an archive, by a path that only its loader knows. */
const yarnProgram: Checks = {
  "names the command that was typed": async ({ folder }) => {
    const args = ["--yes", YARN, "ably-edge", "--help"];
    const output = await run({ program: "npx", args, cwd: `${folder}/..` });
    assert(output.includes("\nUsage: yarn ably-edge [options]\n"));
  },
};

/** The commands that start the program of the package. */
function programs(): ProgramCommand[] {
  const linked = "node_modules/.bin/ably-edge";
  const path = "node_modules/@ably-edge/sdk/testing/serve.js";
  const bun = bunPath();
  return [
    ...[...OLD_NODES, ...NODES].map((version) => ({
      name: `Node ${version}`,
      node: version,
      program: "node",
      args: [linked],
      usage: "npx ably-edge",
    })),
    { name: "Node, by its path", program: "node", args: [path], usage: `node ${path}` },
    { name: "Bun", program: bun, args: [linked], usage: `bun ${path}` }, // Bun resolves the link.
    {
      name: "Deno",
      program: Deno.execPath(),
      args: ["run", "-A", path],
      usage: `deno run -A ${path}`,
    },
  ];
}

/** Packs the library, checks the tarball, and lets a project for each runtime install and use it. */
export async function runPackaging(filter: string): Promise<Summary[]> {
  const wanted = CONSUMERS.filter(({ folder }) => folder.includes(filter));
  if (wanted.length === 0) return [];
  const tarball = `${ROOT}/${await pack()}`;
  const service = createService();
  const served = await serve(service, { hostname: "127.0.0.1" });
  try {
    const address = JSON.stringify(served.options());
    // Most of the time they wait for a registry.
    const runs = await Promise.all([
      filter === "" ? checkTarball(tarball) : [],
      filter === "" ? checkSite() : [],
      ...wanted.map((consumer) => consume(consumer, tarball, address)),
    ]);
    return runs.flat();
  } finally {
    await served.close();
    await service.close();
  }
}

async function checkTarball(tarball: string): Promise<Summary[]> {
  const checks: Record<string, string[]> = {
    "publint": [PUBLINT, "run", tarball, "--strict"],
    // There are no types for resolution as Node 10 did it, and no CommonJS.
    "attw": [ATTW, tarball, "--profile", "esm-only", "--format", "table-flipped", "--no-emoji"],
  };
  return await Promise.all(
    Object.entries(checks).map(([name, args]) =>
      single(`package, ${name}`, { program: "npx", args: ["--yes", ...args] }, ROOT)
    ),
  );
}

async function consume(
  { folder: name, prepare, install, runs }: Consumer,
  tarball: string,
  service: string,
): Promise<Summary[]> {
  const folder = await Deno.makeTempDir({ prefix: `consumer-${name}-` });
  try {
    const summaries: Summary[] = [];
    if (install) await copyProject(name, folder);
    else await Deno.mkdir(`${folder}/${name}`);
    await prepare?.(`${folder}/${name}`);
    if (install) {
      await Deno.copyFile(tarball, `${folder}/sdk.tgz`);
      summaries.push(await single(`package, ${name}, installation`, install, folder));
      if (summaries[0]!.failed > 0) return summaries;
    }
    for (const run of runs) summaries.push(await run({ folder: `${folder}/${name}`, service }));
    return summaries;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Copies a consumer with what all share; its manifest goes to the top, where what both import is found. */
async function copyProject(name: string, folder: string): Promise<void> {
  await copyFolder(`${CONSUMER_FOLDER}/${name}`, `${folder}/${name}`);
  await Deno.rename(`${folder}/${name}/package.json`, `${folder}/package.json`);
  await Deno.copyFile(`${CONSUMER_FOLDER}/smoke.ts`, `${folder}/smoke.ts`);
  if (!name.startsWith("types")) return;
  for (const { name: file } of Deno.readDirSync(TYPE_TESTS)) {
    await Deno.copyFile(`${TYPE_TESTS}/${file}`, `${folder}/${name}/${file}`);
  }
}

/** Makes the website of the documentation, which fails on a link that leads nowhere. */
async function checkSite(): Promise<Summary[]> {
  const step = { program: Deno.execPath(), args: ["task", "docs"] };
  return [await single("package, website", step, ROOT)];
}

/** Checks that an installation consists of one small package, without scripts or dependencies. */
function checkInstalled(modules: string): Promise<Summary> {
  const names = [...Deno.readDirSync(modules)].map(({ name }) => name).filter((name) =>
    !name.startsWith(".")
  );
  const bytes = sizeOf(`${modules}/@ably-edge`);
  const strayed = sourcesOutside(`${Deno.realPathSync(`${modules}/@ably-edge/sdk`)}/`);
  const good = names.join() === "@ably-edge" && bytes < MAX_INSTALLED_BYTES && strayed.length === 0;
  if (!good) console.log(`Installed: ${names.join(", ")}; ${bytes} bytes; ${strayed.join(" ")}`);
  return Promise.resolve({
    where: "package, one without dependencies",
    passed: good ? 1 : 0,
    failed: good ? 0 : 1,
    skipped: [],
  });
}

/** The sources that source maps in a folder place outside of it; a stack would name files of somebody else there. */
function sourcesOutside(folder: string): string[] {
  const maps = [folder, `${folder}shared/`].flatMap((inside) =>
    [...Deno.readDirSync(inside)].map(({ name }) => `${inside}${name}`)
  ).filter((path) => path.endsWith(".map"));
  return maps.flatMap((path) => {
    const { sources } = JSON.parse(Deno.readTextFileSync(path));
    const places = sources.map((source: string) => new URL(source, `file://${path}`).pathname);
    return places.filter((place: string) => !place.startsWith(folder));
  });
}

function sizeOf(folder: string): number {
  return [...Deno.readDirSync(folder)].reduce((sum, { name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return sum + (isDirectory ? sizeOf(path) : Deno.statSync(path).size);
  }, 0);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

function checkTypes({ folder }: Project, resolution: "nodenext" | "bundler"): Promise<Summary> {
  const compiler = `${ROOT}/node_modules/typescript/bin/tsc`;
  const module = resolution === "nodenext" ? "nodenext" : "esnext";
  const args = ["run", "--allow-all", compiler, "--project", "."];
  const name = folder.endsWith("types") ? "types" : "types with those of Node";
  return single(`package, ${name}, ${resolution}`, {
    program: Deno.execPath(),
    args: [...args, "--module", module, "--moduleResolution", resolution],
  }, folder);
}

/** Bundles as Wrangler does, and runs the bundle in workerd. */
async function runInWorkerd(project: Project): Promise<Summary> {
  try {
    await build({
      entryPoints: ["worker.ts"],
      absWorkingDir: project.folder,
      outfile: "bundle.js",
      bundle: true,
      format: "esm",
      target: "es2024",
      platform: "browser",
      conditions: ["workerd", "worker", "browser"],
      logLevel: "warning",
    });
  } catch {
    return { where: "package, workerd", passed: 0, failed: 1, skipped: [] };
  }
  const { path } = workerdBinary();
  return await smoke("workerd", project, { program: path, args: ["test", "config.capnp"] });
}

/**
 * Bundles single names of the root entry: `Rest` must leave out all code for connections, and `ErrorInfo` nearly all code. A call
 * at import, without the comment by which bundlers know that it may be left out, would stay in the bundles of all users.
 */
async function bundleOneName({ folder }: Project): Promise<Summary> {
  const bundle = async (name: string) => {
    const { metafile, outputFiles } = await build({
      stdin: { contents: `export { ${name} } from "@ably-edge/sdk";`, resolveDir: folder },
      bundle: true,
      format: "esm",
      metafile: true,
      write: false,
      logLevel: "error",
    });
    const [{ inputs }] = Object.values(metafile.outputs) as [Metafile["outputs"][string]];
    const used = Object.keys(inputs).filter((path) => inputs[path]!.bytesInOutput > 0);
    const has = (file: string) => used.some((path) => path.endsWith(`/shared/${file}.js`));
    return { has, bytes: outputFiles[0]!.contents.length };
  };
  const rest = await bundle("Rest");
  const error = await bundle("ErrorInfo");
  const passed = [rest.has("client") && !rest.has("realtime"), error.bytes < MAX_ERROR_BYTES]
    .filter((isRight) => isRight).length;
  return { where: "package, one name", passed, failed: 2 - passed, skipped: [] };
}

/** Runs checks in the folder of a project. */
async function checkTemplates(
  name: string,
  checks: Checks,
  { folder, service }: Project,
): Promise<Summary> {
  const templates = { folder, address: JSON.parse(service), node: await nodePath(NODES[0]!) };
  return await runChecks(`package, ${name}`, checks, templates);
}

/** Runs the smoke test on the newest Node. */
function smokeOnNode(name: string, project: Project, args: string[]): Promise<Summary> {
  const step = { program: "npx", args: ["--yes", `node@${NODES.at(-1)}`, ...args] };
  return smoke(name, project, step);
}

/** Bundles with Rspack and runs the bundle. */
async function runRspackBundle(project: Project): Promise<Summary> {
  const args = ["../node_modules/@rspack/cli/bin/rspack.js", "build"];
  const built = await onNode("Rspack, build", args, project.folder);
  return built.failed > 0 ? built : await smokeOnNode("Rspack", project, ["dist/bundle.mjs"]);
}

/** Builds with Vite and loads what it built. */
async function runViteBuild(project: Project): Promise<Summary> {
  const built = await single(
    "package, Vite, build",
    {
      program: "npm",
      args: ["run", "--silent", "build"],
    },
    project.folder,
    { VITE_SERVICE: project.service },
  );
  if (built.failed > 0) return built;
  const assets = `${project.folder}/dist/assets`;
  const [bundle] = [...Deno.readDirSync(assets)].filter(({ name }) => /^index-.*\.js$/.test(name));
  return await smoke("Vite", project, {
    program: Deno.execPath(),
    args: ["run", "--no-config", "--allow-net=127.0.0.1", `${assets}/${bundle?.name}`],
  });
}

/** Puts together what docs/offline-testing.md tells users of Vitest to write, and the Worker that it tests. */
async function writeRecipe(folder: string): Promise<void> {
  for (const file of ["worker.ts", "wrangler.jsonc"]) {
    await Deno.copyFile(`${ROOT}/examples/worker-publish/${file}`, `${folder}/${file}`);
  }
  const files: Record<string, string> = {
    "ignore vitest": "worker.test.ts",
    "ignore vitest.config.ts": "vitest.config.ts",
  };
  for (const { info, code } of snippets(Deno.readTextFileSync(`${ROOT}/docs/offline-testing.md`))) {
    if (files[info]) await Deno.writeTextFile(`${folder}/${files[info]}`, code);
  }
}

function bundleWithWrangler({ folder }: Project): Promise<Summary> {
  const args = ["../node_modules/wrangler/bin/wrangler.js", "deploy", "--dry-run"];
  return onNode("Wrangler", args, folder);
}

function runVitest({ folder }: Project): Promise<Summary> {
  return onNode("Vitest in workerd", ["../node_modules/vitest/vitest.mjs", "run"], folder);
}

function onNode(name: string, args: string[], folder: string): Promise<Summary> {
  const step = { program: "npx", args: ["--yes", `node@${NODES[0]}`, ...args] };
  const env = { CI: "true", WRANGLER_SEND_METRICS: "false" };
  return single(`package, ${name}`, step, folder, env);
}

/** Runs what either succeeds or fails. */
async function single(
  where: string,
  { program, args }: Step,
  cwd: string,
  env: Record<string, string> = {},
): Promise<Summary> {
  const command = new Deno.Command(program, { args, cwd, env, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  if (!success) {
    const decoder = new TextDecoder();
    console.log(`${where} failed\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
  }
  return { where, passed: success ? 1 : 0, failed: success ? 0 : 1, skipped: [] };
}

/** Runs the smoke test and counts its lines. */
async function smoke(
  name: string,
  { folder, service }: Project,
  { program, args }: Step,
): Promise<Summary> {
  const where = `package, ${name}`;
  const process = new Deno.Command(program, {
    args,
    cwd: folder,
    env: { SERVICE: service, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(RUN_DEADLINE),
  }).spawn();
  const counts = { passed: 0, failed: 0, planned: Infinity };
  const errors = new Response(process.stderr).text();
  for await (const line of lines(process.stdout)) {
    const [, kind, text] = /(not ok|ok|ended) - (.*)$/.exec(line) ?? [];
    if (kind === "ok") counts.passed++;
    else if (kind === "ended") counts.planned = Number(text);
    else console.log(`${where}: ${line}`);
    if (kind === "not ok") counts.failed++;
  }
  const { success } = await process.status;
  const complete = success && counts.passed + counts.failed === counts.planned;
  if (!complete) console.log(`${where} ended early\n${await errors}`);
  const failed = complete ? counts.failed : counts.failed + 1;
  return { where, passed: counts.passed, failed, skipped: [] };
}
