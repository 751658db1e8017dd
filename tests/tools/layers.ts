/**
 * Checks that every source file keeps to the layers, and a few more rules that no linter knows.
 *
 * @module
 */
import { parse, type Place, type SourceFile } from "./source_file.ts";

// From left to right: a file imports from its own entry and from those before it.
const LAYERS: readonly (readonly string[])[] = [
  ["src/util", "src/errors.ts", "src/error_numbers.ts", "src/error_codes.ts", "src/version.ts"],
  ["src/token", "src/crypto", "src/delta"],
  ["src/encoding"],
  ["src/messages"],
  ["src/protocol"],
  ["src/liveobjects/core"],
  ["src/http"],
  ["src/auth"],
  ["src/compat"],
  ["src/client"],
  ["src/operations"],
  ["src/rest", "src/realtime"],
  ["src/liveobjects", "src/sse"],
];

// Branches that leave the row: what they may use, beside themselves.
const BRANCHES: Readonly<Record<string, readonly string[]>> = {
  "src/webhooks": upTo("src/messages"),
  "src/testing": upTo("src/protocol"),
  "mod.ts": [...upTo("src/liveobjects"), "src/webhooks"],
  // An entry also exports the types of the REST classes, which are in the signatures of its users.
  "src/realtime/mod.ts": upTo("src/realtime"),
};

const IMPORTERS: Readonly<Record<string, string>> = {
  "@std/encoding/base64": "src/util",
  "@std/encoding/hex": "src/util",
  "msgpackr/unpack-no-eval": "src/protocol/msgpack_codec.ts",
  "hono": "src/testing",
};

// Parts that stand beside the others: the one file that may import them from outside.
const BESIDE: Readonly<Record<string, string>> = {
  "src/testing/chat": "src/testing/service/create_service.ts",
};

const RUNTIME_ADAPTERS = "src/testing/serve";

/** Finds what breaks the rules, one line each. */
export function checkLayers(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  return [
    ...files.flatMap((file) => [
      ...file.imports.flatMap((found) => report(file, found, importFault(file, found, known))),
      ...file.anyTypes.flatMap((found) => report(file, found, 'uses the type "any"')),
      ...file.looseComparisons.flatMap((found) =>
        report(file, found, `compares with ${found.text}, which is for null only`)
      ),
      ...file.importTimeCalls.flatMap((found) =>
        report(file, found, `calls ${found.text} on import, which Workers forbid`)
      ),
      ...file.runtimeGlobals
        .filter(() => !isWithin(file.path, RUNTIME_ADAPTERS))
        .flatMap((found) => report(file, found, `uses ${found.text}, which not every runtime has`)),
    ]),
    ...cycles(files).map((path) => `Files import each other: ${path.join(" -> ")}`),
  ];
}

function report({ path }: SourceFile, { line }: Place, fault: string | undefined): string[] {
  return fault ? [`${path}:${line} ${fault}`] : [];
}

function importFault(
  { path }: SourceFile,
  { text }: Place,
  known: ReadonlySet<string>,
): string | undefined {
  if (!text.startsWith(".")) return packageFault(path, text);
  const target = resolve(path, text);
  if (!known.has(target)) return `imports "${text}", which is not a file of the library`;
  const beside = Object.keys(BESIDE).find((part) => isWithin(target, part));
  if (beside && !isWithin(path, beside) && path !== BESIDE[beside]) {
    return `imports "${text}", as only ${BESIDE[beside]} may`;
  }
  const [from, to] = [unitOf(path), unitOf(target)];
  if (!from || !to) return `is in no layer or imports "${text}" that is in none`;
  if (from === to || usableBy(from).includes(to)) return undefined;
  return `is in ${from} and may not import from ${to}: "${text}"`;
}

function packageFault(path: string, specifier: string): string | undefined {
  const name = specifier.startsWith("hono/") ? "hono" : specifier;
  const importer = IMPORTERS[name];
  if (!importer) return `imports "${specifier}", which is not among the runtime dependencies`;
  return isWithin(path, importer) ? undefined : `imports "${specifier}", as only ${importer} may`;
}

function unitOf(path: string): string | undefined {
  return [...Object.keys(BRANCHES), ...LAYERS.flat()].find((unit) => isWithin(path, unit));
}

function usableBy(unit: string): readonly string[] {
  const branch = BRANCHES[unit];
  if (branch) return branch;
  const position = LAYERS.findIndex((layer) => layer.includes(unit));
  // The lowest layer and the root files between layers are one unit each.
  const own = LAYERS[position]!.some((member) => member.endsWith(".ts")) ? position + 1 : position;
  return LAYERS.slice(0, own).flat();
}

function upTo(unit: string): string[] {
  return LAYERS.slice(0, LAYERS.findIndex((layer) => layer.includes(unit)) + 1).flat();
}

function isWithin(path: string, unit: string): boolean {
  return path === unit || path.startsWith(`${unit}/`);
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** Finds one way round for every group of files that import each other. */
function cycles(files: readonly SourceFile[]): string[][] {
  const targets = new Map(files.map(({ path, imports }) => [
    path,
    imports.filter(({ text }) => text.startsWith(".")).map(({ text }) => resolve(path, text))
      // The default export of mod.ts is its own namespace.
      .filter((target) => target !== path),
  ]));
  const found: string[][] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) walk(path, []);
  return found;
}

/** Reads the library's files below the current folder. */
export function readSources(): SourceFile[] {
  const paths = ["mod.ts", ...below("src")].sort();
  return paths.filter(isFile).map((path) => parse(path, Deno.readTextFileSync(path)));
}

function below(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return below(path);
    return name.endsWith(".ts") ? [path] : [];
  });
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const sources = readSources();
  const faults = checkLayers(sources);
  for (const fault of faults) console.error(fault);
  console.log(`${sources.length} files, ${faults.length} faults in layers and source rules`);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
