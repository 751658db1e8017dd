import { SourceMap } from "node:module";
import type { Plugin } from "esbuild";
import { build } from "../support/esbuild.ts";
import { ROOT } from "./files.ts";

const noNodeBuiltIns: Plugin = {
  name: "no-node-built-ins",
  setup({ onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path, importer }) => ({
      errors: [{ text: `"${importer}" imports "${path}", which Workers do not have by default` }],
    }));
  },
};

/** A bundle of test files. */
export interface TestBundle {
  code: string;
  /** Rewrites places in the bundle, such as `worker:12:3` in a stack, to places in the sources. */
  locate(text: string): string;
}

/** Bundles test files into one worker with an entry point for each of them. */
export async function bundleForWorkerd(files: readonly string[]): Promise<TestBundle> {
  const { outputFiles } = await build({
    stdin: { contents: entry(files), resolveDir: ROOT, sourcefile: "entry.js" },
    absWorkingDir: ROOT,
    tsconfig: "tsconfig.json", // Not that of an example, which does not lead to the sources.
    bundle: true,
    write: false,
    outfile: "worker.js",
    format: "esm",
    target: "esnext",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    sourcemap: "external",
    define: { FIXTURES: JSON.stringify(await readFixtures()) },
    plugins: [noNodeBuiltIns],
    logLevel: "warning",
  });
  const [map, code] = outputFiles.map(({ text }) => text);
  return { code: code!, locate: locator(new SourceMap(JSON.parse(map!))) };
}

/**
 * Bundles a worker as a user would.
 *
 * @param options Whether functions and classes keep their names, as Wrangler does it: calls in the code set them.
 */
export async function bundleWorker(
  file: string,
  { keepNames = false }: { keepNames?: boolean } = {},
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    keepNames,
    plugins: [noNodeBuiltIns],
    logLevel: "warning",
  });
  return outputFiles[0]!.text;
}

function locator(map: SourceMap): TestBundle["locate"] {
  return (text) =>
    text.replace(/\bworker(?:\.js)?:(\d+):(\d+)/g, (place, line, column) => {
      const origin = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!("originalSource" in origin)) return place;
      return `${origin.originalSource}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
    });
}

function entry(files: readonly string[]): string {
  const imports = files.map((file) => `${setCurrent(file)}\nimport "./${file}";`);
  const exports = files.map((file, i) =>
    `export const ${entryName(file, i)} = entryPoint("${file}");`
  );
  return [
    setCurrent(""),
    `import { entryPoint } from "./tests/runtimes/workerd_host.ts";`,
    ...imports,
    ...exports,
    `export default { fetch: () => new Response("Tests have no network", { status: 502 }) };`,
  ].join("\n");
}

// Modules are evaluated in the order of their imports, so this is what a file's cases see.
function setCurrent(file: string): string {
  const code = `globalThis.TEST_FILE = { current: ${JSON.stringify(file)} };`;
  return `import ${JSON.stringify(`data:text/javascript,${encodeURIComponent(code)}`)};`;
}

function entryName(file: string, index: number): string {
  return `${file.replace(/^tests\/|\.ts$/g, "").replace(/\W/g, "_")}_${index}`;
}

async function readFixtures(): Promise<Record<string, unknown> | null> {
  const folder = Deno.env.get("ABLY_FIXTURES");
  if (!folder) return null;
  const fixtures: Record<string, unknown> = {};
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".json")) {
      fixtures[name] = JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
    }
  }
  return fixtures;
}
