/**
 * Makes the package for npm: an ESM bundle with an entry for each of `deno.json`, declarations, source maps, and a manifest. The
 * bundle contains the packages that it uses, with their licences in a notice, so an installation adds this one package only.
 *
 * `deno pack` does not do it: it leaves names of the import map in the code, where npm does not know them, gives files
 * without explicit types no declarations, and refuses a tree with changes.
 *
 * @module
 */
import { existsSync } from "node:fs";
import type { BuildOptions, Metafile, Plugin } from "esbuild";
import ts from "typescript";
import manifest from "../../deno.json" with { type: "json" };
import { build } from "../support/esbuild.ts";
import { ENTRIES } from "./entries.ts";
import { mergeChunks } from "./merge_chunks.ts";
import { npmPack } from "./npm_pack.ts";
import { packAlias } from "./pack_alias.ts";

/** The folder in which it is built, relative to the root of the repository. */
const FOLDER = "dist/npm";
const COPIED = ["README.md", "LICENSE"];

// For the local service and for REST. Realtime needs a WebSocket, which Node has since 22.
const ENGINES = { node: ">=20.16" };
const DESCRIPTION =
  "Ably client for Deno, Cloudflare Workers and Bun on web standards, with a local service for tests";
const KEYWORDS = ["ably", "realtime", "pubsub", "websocket", "edge", "workers", "deno", "bun"];

/** The licences of packages that name theirs and do not include its text. */
const LICENSES: Readonly<Record<string, string>> = {
  "deno-std": `MIT License

Copyright 2018-2026 the Deno authors.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH
THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`,
};

const imports: Readonly<Record<string, string>> = manifest.imports;

/** The npm name of an entry of the import map, such as `deno-std/encoding/hex.js`. */
function onNpm(specifier: string): string {
  const [, name, path = ""] = /^npm:([^@]+)@[^/]+(\/.*)?$/.exec(imports[specifier] ?? "") ?? [];
  if (!name) throw new Error(`"${specifier}" is no package of npm in deno.json`);
  return name + path;
}

/** The name of an entry's files: `./rest` is `rest`, `.` is `index`. */
function fileName(entry: string): string {
  return entry === "." ? "index" : entry.slice("./".length);
}

/** Writes the code, and returns the names of the packages that it contains. */
async function writeCode(): Promise<string[]> {
  const packages: Plugin = {
    name: "packages",
    setup({ onResolve, onLoad, resolve }) {
      onLoad({ filter: /\/msgpackr\/.*\.cjs$/ }, ({ path }) => ({ contents: atFirstUse(path) }));
      // The default export of the root entry is its own namespace: imported, not built, it is left out by the bundlers of
      // those who import by name.
      onResolve(
        { filter: /^\.\/mod\.ts$/ },
        ({ kind }) =>
          kind === "entry-point" ? undefined : { path: `./${fileName(".")}.js`, external: true },
      );
      onResolve({ filter: /^[^./]/, namespace: "file" }, ({ path, kind, importer, resolveDir }) => {
        if (kind === "entry-point" || importer.includes("/node_modules/")) return undefined;
        return resolve(onNpm(path), { kind, resolveDir, importer: "npm", namespace: "npm" });
      });
    },
  };
  const options: BuildOptions = {
    outdir: FOLDER,
    bundle: true,
    format: "esm",
    // Node 22 does not know "await using".
    target: "es2022",
    platform: "neutral",
    mainFields: ["module", "main"],
    sourcemap: true,
    // Bun then runs the files as they are. Without this line it translates them, and the import takes 37 ms instead of 16
    // where the result of an earlier start is not kept, such as in a new container.
    banner: { js: "// @bun" },
    // A stack names the file and line; the text would double the size of the package.
    sourcesContent: false,
    logLevel: "warning",
  };
  const { metafile } = await build({
    ...options,
    metafile: true,
    entryPoints: ENTRIES.map(({ name, file }) => ({ in: file, out: fileName(name) })),
    splitting: true,
    chunkNames: "shared/[name]-[hash]",
    plugins: [packages],
  });
  const outputs = await mergeChunks(options, metafile.outputs);
  const names = Object.keys(metafile.inputs).map((path) =>
    /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]
  );
  dropMaps(outputs);
  for (const path of Object.keys(outputs)) if (path.endsWith(".map")) relocate(path);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/**
 * Lets msgpackr run when its decoder is made, at the first frame with an unusual value: it takes 3 ms on Node, a seventh of the
 * import. The file is CommonJS; as the body of a function, it also is left out by the bundlers of those who do not use it.
 */
function atFirstUse(file: string): string {
  // It begins on the first line, so that the lines in its source map are right.
  return `function load() { const exports = {}, module = { exports }; ${Deno.readTextFileSync(file)}
return exports;
}
export function Unpackr(options) {
  return new (load().Unpackr)(options);
}`;
}

/** Removes the source maps of the local service, which would be an eighth of the package. */
function dropMaps(outputs: Metafile["outputs"]): void {
  for (const [path, { inputs }] of Object.entries(outputs)) {
    if (!path.endsWith(".js")) continue;
    if (!Object.keys(inputs).some((input) => input.startsWith("src/testing/"))) continue;
    Deno.removeSync(`${path}.map`);
    const code = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, code.replace(/\n\/\/# sourceMappingURL=.*\n?$/, "\n"));
  }
}

/**
 * Lets a map name the sources as if they were in the package: where it is installed, the way to this repository leads elsewhere. It
 * says that it has no text of them, without which Bun refuses it.
 */
function relocate(path: string): void {
  if (!existsSync(path)) return; // Dropped.
  const folder = path.slice(FOLDER.length + 1, path.lastIndexOf("/") + 1);
  const map = JSON.parse(Deno.readTextFileSync(path));
  const toRoot = "../".repeat(`${FOLDER}/${folder}`.split("/").length - 1);
  const toPackage = "../".repeat(folder.split("/").length - 1);
  map.sources = map.sources.map((source: string) => source.replace(toRoot, toPackage));
  map.sourcesContent = map.sources.map(() => null);
  Deno.writeTextFileSync(path, JSON.stringify(map));
}

/** Writes the licences of the packages in the bundle. */
function writeNotice(packages: readonly string[]): void {
  const notices = packages.map((name) => {
    const { version, license } = JSON.parse(
      Deno.readTextFileSync(`node_modules/${name}/package.json`),
    );
    return `## ${name} ${version} (${license})\n\n${LICENSES[name] ?? readLicense(name)}`;
  });
  write(
    `${FOLDER}/THIRD_PARTY_NOTICES.md`,
    `# Packages that this package contains\n\n${notices.join("\n")}`,
  );
}

function readLicense(name: string): string {
  return Deno.readTextFileSync(`node_modules/${name}/LICENSE`);
}

/** Writes the declarations that the entries' declarations lead to. */
function writeDeclarations(): void {
  const program = ts.createProgram(ENTRIES.map(({ file }) => file), declarationOptions());
  const written = new Map<string, string>();
  const { emitSkipped, diagnostics } = program.emit(undefined, (path, text) => {
    written.set(path.replace(`${Deno.cwd()}/`, ""), text);
  });
  const faults = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (emitSkipped || faults.length > 0) {
    throw new Error(ts.formatDiagnostics(faults, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: Deno.cwd,
      getNewLine: () => "\n",
    }));
  }
  const reached = new Set<string>();
  const reach = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    const text = written.get(path);
    if (text === undefined) throw new Error(`There are no declarations at ${path}`);
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      if (!fileName.startsWith(".")) throw new Error(`${path} shows the types of "${fileName}"`);
      reach(declarationsOf(new URL(fileName, `file:///${path}`).pathname.slice(1)));
    }
    write(path, halfIndented(toJavaScriptNames(text)));
  };
  for (const { file } of ENTRIES) reach(declarationsOf(`${FOLDER}/types/${file}`));
}

function declarationOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile("tsconfig.json", (path) => Deno.readTextFileSync(path));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, Deno.cwd());
  return {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rewriteRelativeImportExtensions: true,
    rootDir: Deno.cwd(),
    outDir: `${Deno.cwd()}/${FOLDER}/types`,
  };
}

function declarationsOf(file: string): string {
  return file.replace(/(?<!\.d)\.ts$/, ".d.ts");
}

/** Lets declarations import `./rest.js`, as those of a package have to. */
function toJavaScriptNames(text: string): string {
  const names = ts.preProcessFile(text).importedFiles.toReversed();
  return names.reduce(
    (changed, { pos, end, fileName }) =>
      changed.slice(0, pos) +
      changed.slice(pos, end + 2).replace(fileName, asJavaScript(fileName)) +
      changed.slice(end + 2),
    text,
  ).replace(/(?<=^export \* as \w+ from ")[^"]+/gm, asJavaScript); // These the function leaves out.
}

/** The compiler indents by four spaces; two save several kB. */
function halfIndented(text: string): string {
  return text.replace(/^(?: {4})+/gm, (indent) => " ".repeat(indent.length / 2));
}

function asJavaScript(specifier: string): string {
  return specifier.replace(/\.ts$/, ".js");
}

function writeManifest(): void {
  const entries = ENTRIES.map(({ name, file }) => [name, {
    types: declarationsOf(`./types/${file}`),
    default: `./${fileName(name)}.js`,
  }]);
  const { name, version, license } = manifest;
  write(
    `${FOLDER}/package.json`,
    JSON.stringify(
      {
        name,
        version,
        description: DESCRIPTION,
        keywords: KEYWORDS,
        license,
        ...repository(),
        type: "module",
        sideEffects: false,
        engines: ENGINES,
        bin: { "ably-edge": "./testing/serve.js" },
        exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
      },
      null,
      2,
    ) + "\n",
  );
}

/** The addresses of the project. GitHub names its repository where a workflow runs; npm needs it for provenance. */
function repository(): Record<string, unknown> {
  const name = Deno.env.get("GITHUB_REPOSITORY");
  if (!name) return {};
  const url = `https://github.com/${name}`;
  return {
    repository: { type: "git", url: `git+${url}.git` },
    homepage: `${url}#readme`,
    bugs: `${url}/issues`,
  };
}

function write(path: string, text: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

let packed: Promise<string> | undefined;

/**
 * Makes the tarball, once in a process.
 *
 * @returns Its path, from the root of the repository, which has to be the current folder.
 */
export function pack(): Promise<string> {
  return packed ??= makeTarball();
}

async function makeTarball(): Promise<string> {
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  writeNotice(await writeCode());
  writeDeclarations();
  writeManifest();
  for (const file of COPIED) await Deno.copyFile(file, `${FOLDER}/${file}`);
  return await npmPack(FOLDER);
}

if (import.meta.main) {
  await pack();
  await packAlias();
}
