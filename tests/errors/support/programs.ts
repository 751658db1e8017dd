import { build, stop } from "esbuild";
import { findChromium, startChromium } from "../../browser/support/chromium.ts";
import { bunPath, workerdBinary } from "../../runtimes/binaries.ts";
import { ROOT } from "../../runtimes/files.ts";
import { lines } from "../../runtimes/lines.ts";
import { ENTRIES } from "../../tools/entries.ts";

/** A runtime that prints errors in its own way. */
export const PRINTERS = ["deno", "node", "bun", "workerd", "chromium"] as const;
export type Printer = typeof PRINTERS[number];

/** The time after which a program counts as hanging, in milliseconds. */
const LIMIT = 20_000;
const NAME = "@ably-edge/sdk";
const PAGE = "http://page.localhost/";

/** A folder with the package as it is on npm, for programs that use it. */
export interface Project extends AsyncDisposable {
  folder: string;
}

/** Makes a folder into which the package is installed: split into files as `deno task pack` does. */
export async function makeProject(): Promise<Project> {
  const folder = await Deno.makeTempDir({ prefix: "errors-" });
  await build({
    entryPoints: ENTRIES.map(({ name, file }) => ({
      in: file,
      out: name === "." ? "index" : name.slice(2),
    })),
    absWorkingDir: ROOT,
    outdir: `${folder}/node_modules/${NAME}`,
    bundle: true,
    splitting: true,
    chunkNames: "shared/[name]-[hash]",
    format: "esm",
    target: "es2022",
    platform: "node",
    logLevel: "warning",
  });
  const exports = Object.fromEntries(
    ENTRIES.map(({ name }) => [name, name === "." ? "./index.js" : `${name}.js`]),
  );
  await Deno.writeTextFile(
    `${folder}/node_modules/${NAME}/package.json`,
    JSON.stringify({ name: NAME, type: "module", exports }),
  );
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ type: "module" }));
  return {
    folder,
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A program: the text of a module. */
export interface Program {
  /** The name of its file, without an extension. */
  name: string;
  code: string;
  /** Whether it is run by the test runner of the runtime. */
  isTest?: boolean;
  /** The address of a page in Chromium from which the program can reach the server of that page. */
  page?: string;
  /** The time that the program takes in Chromium at most, in milliseconds. */
  limit?: number;
  /** Permissions for Deno; all by default. */
  permissions?: readonly string[];
  /** Whether workerd runs all of the code at module scope; by default, it runs in a request. */
  isModuleScope?: boolean;
}

const NODE = "node@22.23.3";

/** Whether a runtime is there. */
export function isThere(printer: Printer): boolean {
  if (printer === "node") return nodePath() !== undefined;
  return printer !== "chromium" || findChromium() !== undefined;
}

/** The path of a Node with WebSockets: the one that `NODE_22` names or one from npm; npx sets `NODE` itself. */
function nodePath(): string | undefined {
  nodeFound ??= Deno.env.get("NODE_22") ?? nodeFromNpm();
  return nodeFound === "" ? undefined : nodeFound;
}

let nodeFound: string | undefined;

function nodeFromNpm(): string {
  try {
    const args = ["--yes", NODE, "-p", "process.execPath"];
    const { stdout } = new Deno.Command("npx", { args }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    return ""; // There is no npm.
  }
}

/**
 * Runs a program on a runtime.
 *
 * @returns All that it printed, without colours, and without what the runtime says of itself.
 */
export async function printed(
  printer: Printer,
  program: Program,
  { folder }: Project,
): Promise<string> {
  if (printer === "workerd") return await inWorkerd(program, folder);
  if (printer === "chromium") return await inChromium(program, folder);
  const file = `${folder}/${program.name}${program.isTest ? ".test" : ""}.mjs`;
  // Deno takes the sources, as from JSR.
  const code = printer === "deno"
    ? program.code.replaceAll(/"@ably-edge\/sdk(\/\w+)?"/g, (_, path = "") => {
      const entry = ENTRIES.find(({ name }) => name === `.${path}`)!;
      return JSON.stringify(`file://${ROOT}/${entry.file}`);
    })
    : program.code;
  await Deno.writeTextFile(file, code);
  return await run(commandOf(printer, program, file), folder);
}

function commandOf(
  printer: "deno" | "node" | "bun",
  { isTest, permissions = ["--allow-all"] }: Program,
  file: string,
): [program: string, ...args: string[]] {
  switch (printer) {
    case "deno":
      return [
        Deno.execPath(),
        isTest ? "test" : "run",
        `--config=${ROOT}/deno.json`,
        "--no-check",
        "--no-prompt",
        ...permissions,
        file,
      ];
    case "bun":
      return [bunPath(), ...isTest ? ["test"] : [], file];
    case "node":
      return [nodePath()!, ...isTest ? ["--test", "--test-reporter=spec"] : [], file];
  }
}

async function run([program, ...args]: [string, ...string[]], cwd: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1", FORCE_COLOR: "0" },
    stdin: "null",
    signal: AbortSignal.timeout(LIMIT),
  }).output();
  return plain([stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join(""));
}

function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[\d;]*m/g, "").trim();
}

/** One file with all that the program imports, as wrangler and Vite make it. */
async function bundled({ code, name }: Program, folder: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder, sourcefile: `${name}.mjs` },
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    logLevel: "warning",
  });
  return outputFiles[0]!.text;
}

/** Runs a program in a request: its last lines are in the handler. */
async function inWorkerd(program: Program, folder: string): Promise<string> {
  const own = `${folder}/${program.name}-workerd`;
  await Deno.mkdir(own, { recursive: true });
  const [imports, body] = program.isModuleScope ? [program.code, ""] : importsOf(program.code);
  const code =
    `${imports}\nexport default { async fetch() {\n${body}\nreturn new Response("done");\n} };`;
  await Deno.writeTextFile(`${own}/worker.js`, await bundled({ ...program, code }, folder));
  await Deno.writeTextFile(
    `${own}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "${workerdBinary().newestDate}",
);
`,
  );
  const process = new Deno.Command(workerdBinary().path, {
    args: ["serve", "--control-fd=1", "config.capnp"],
    cwd: own,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(process.stderr).text();
  const control = lines(process.stdout)[Symbol.asyncIterator]();
  const rest: string[] = [];
  try {
    const started = await control.next();
    if (!started.done) { // Otherwise the code at module scope has failed.
      const { port } = JSON.parse(started.value);
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        signal: AbortSignal.timeout(LIMIT),
      });
      await response.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, 200)); // A rejection is reported after the answer.
    }
  } finally {
    try {
      process.kill();
    } catch {
      // It has ended by itself.
    }
    await process.status;
    for (let line = await control.next(); !line.done; line = await control.next()) {
      rest.push(line.value);
    }
  }
  return plain([...rest, await errors].join("\n"));
}

function importsOf(code: string): [imports: string, body: string] {
  const all = code.split("\n");
  const isImport = (line: string) => line.startsWith("import ");
  return [all.filter(isImport).join("\n"), all.filter((line) => !isImport(line)).join("\n")];
}

/** Runs a program as the script of a page, and collects the console as the developer tools show it. */
async function inChromium(program: Program, folder: string): Promise<string> {
  await using browser = await startChromium(findChromium()!);
  const page = await browser.newPage();
  const session = await page.context().newCDPSession(page);
  const output: string[] = [];
  session.on("Runtime.exceptionThrown", ({ exceptionDetails: { text, exception } }) => {
    output.push(`${text} ${exception?.description ?? exception?.value ?? ""}`);
  });
  session.on("Runtime.consoleAPICalled", ({ args }) => {
    output.push(args.map(({ description, value }) => description ?? String(value)).join(" "));
  });
  await session.send("Runtime.enable");
  const script = await bundled(program, folder);
  await page.route(`${PAGE}**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === "/") {
      return route.fulfill({
        contentType: "text/html",
        body: `<script type="module" src="/script.js"></script>`,
      });
    }
    if (pathname === "/script.js") {
      return route.fulfill({
        contentType: "text/javascript",
        body: `${script}\nglobalThis.isDone = true;`,
      });
    }
    return route.continue();
  });
  await page.goto(program.page ?? PAGE);
  if (program.page !== undefined) {
    const content = `${script}\nglobalThis.isDone = true;`;
    void page.addScriptTag({ type: "module", content }).catch(() => {});
  }
  await page.waitForFunction(() => "isDone" in globalThis, undefined, {
    timeout: program.limit ?? 4_000,
  })
    .catch(() => {});
  await page.waitForTimeout(100);
  return output.join("\n");
}
