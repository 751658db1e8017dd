/**
 * Merges the files that several entries of the npm package share. The bundler writes one for each set of entries that share code, 25
 * for the root entry. Each costs half a millisecond to one at import on Node; the root entry now loads four of them.
 *
 * @module
 */
import type { BuildOptions, Metafile, Plugin } from "esbuild";
import { build } from "../support/esbuild.ts";

/** The outputs of a build, by path. */
type Outputs = Metafile["outputs"];

/** The folder of the shared files, in that of the package. */
const SHARED = "shared/";

/**
 * The group of a shared file, by the entries that use it. Code that only `/webhooks` or `/testing` share with the clients is in
 * the first group, which `/token` imports, too: a file of its own would cost the clients more time than `/token` saves.
 */
const GROUPS: readonly [group: string, belongs: (entries: ReadonlySet<string>) => boolean][] = [
  ["msgpack", (entries) => entries.has("msgpack") && !entries.has("rest")],
  ["service", (entries) => [...entries].every((entry) => entry.startsWith("testing"))],
  ["base", (entries) => ["token", "webhooks", "testing"].some((entry) => entries.has(entry))],
  ["client", (entries) => entries.has("rest") || entries.has("sse")],
  ["realtime", () => true],
];

/**
 * Merges the shared files of a build, in place.
 *
 * @param options The options of the build, without plugins: how to write the files.
 * @param outputs What the build wrote.
 * @returns The outputs that are there then, with the sources as inputs.
 */
export async function mergeChunks(options: BuildOptions, outputs: Outputs): Promise<Outputs> {
  const folder = `${options.outdir}/`;
  const nameOf = (path: string) => path.slice(folder.length, -".js".length);
  const groups = groupsOf(outputs, nameOf);
  const merged = [...groups.values()].flat();
  const { metafile } = await build({
    ...options,
    entryPoints: [
      ...Object.keys(outputs)
        .filter((path) => outputs[path]!.entryPoint)
        .map((path) => ({ in: path, out: nameOf(path) })),
      ...[...groups.keys()].map((group) => ({ in: `group:${group}`, out: group })),
    ],
    metafile: true,
    allowOverwrite: true,
    plugins: [toGroups(groups, outputs)],
  });
  for (const path of merged) {
    for (const file of [path, `${path}.map`]) Deno.removeSync(file);
  }
  return withSources(metafile.outputs, outputs);
}

/** Lets the files of a group be in one file, and other files import from that one. */
function toGroups(groups: ReadonlyMap<string, readonly string[]>, outputs: Outputs): Plugin {
  const groupOf = new Map(
    [...groups].flatMap(([group, paths]) => paths.map((path) => [path, group])),
  );
  const exported = new Map(
    [...groups.values()].flatMap((paths) => exportedNames(paths, outputs)),
  );
  const exportAll = (path: string) => {
    const names = [...exported.get(path)!].map(([name, alias]) => `${name} as ${alias}`);
    return `export { ${names.join()} } from "./${path}";`;
  };
  return {
    name: "groups",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^group:/ }, ({ path }) => ({ path, namespace: "group" }));
      onLoad({ filter: /./, namespace: "group" }, ({ path }) => ({
        contents: groups.get(path.slice("group:".length))!.map(exportAll).join("\n"),
        resolveDir: Deno.cwd(),
      }));
      onLoad({ filter: /\.js$/, namespace: "file" }, ({ path: file }) => {
        const from = fromRoot(file);
        const namesOf = (path: string) => {
          const target = resolve(path, from);
          return groupOf.get(target) === groupOf.get(from) ? undefined : exported.get(target);
        };
        return { contents: importAs(namesOf, Deno.readTextFileSync(file)) };
      });
      onResolve({ filter: /^\./, namespace: "file" }, ({ path, importer, kind }) => {
        if (kind === "entry-point") return undefined;
        const from = fromRoot(importer);
        const group = groupOf.get(resolve(path, from));
        if (group === undefined) return { path, external: true }; // The root entry imports itself.
        if (group === groupOf.get(from)) return undefined;
        const file = path.replace(/[^/]+$/, `${group.slice(SHARED.length)}.js`);
        return { path: file, external: true, sideEffects: false };
      });
    },
  };
}

/** The names by which a group exports the names of its files. Several files may export the same name. */
function exportedNames(
  paths: readonly string[],
  outputs: Outputs,
): [path: string, names: Map<string, string>][] {
  const taken = new Set<string>();
  return paths.map((path) => [
    path,
    new Map(outputs[path]!.exports.map((name) => {
      const alias = taken.has(name) ? `${name}_${taken.size}` : name;
      taken.add(alias);
      return [name, alias];
    })),
  ]);
}

/** Lets code import by other names. The lines stay where they are, as the source map has them. */
function importAs(
  namesOf: (path: string) => ReadonlyMap<string, string> | undefined,
  code: string,
): string {
  return code.replace(/^import \{[^}]*\} from "(\..*)";$/gm, (statement, path) => {
    const names = namesOf(path);
    return statement.replace(
      /^ {2}(\w+)( as \w+)?/gm,
      (found: string, name: string, local = ` as ${name}`) => {
        const alias = names?.get(name) ?? name;
        return alias === name ? found : `  ${alias}${local}`;
      },
    );
  });
}

/** Outputs of the second build, with the inputs of the first. */
function withSources(merged: Outputs, outputs: Outputs): Outputs {
  return Object.fromEntries(
    Object.entries(merged).map(([path, output]) => {
      const inputs = Object.keys(output.inputs).map((input) => outputs[input]?.inputs);
      return [path, { ...output, inputs: Object.assign({}, ...inputs) }];
    }),
  );
}

/** The shared files of each group, by its name. */
function groupsOf(outputs: Outputs, nameOf: (path: string) => string): Map<string, string[]> {
  const users = new Map<string, Set<string>>();
  for (const path of Object.keys(outputs)) {
    if (!outputs[path]!.entryPoint) continue;
    const open = [path];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const entries = users.get(next) ?? new Set();
      users.set(next, entries);
      if (entries.has(nameOf(path))) continue;
      entries.add(nameOf(path));
      for (const { path: imported, external } of outputs[next]!.imports) {
        if (!external) open.push(imported);
      }
    }
  }
  const groups = new Map<string, string[]>();
  for (const [path, entries] of users) {
    if (outputs[path]!.entryPoint) continue;
    const group = SHARED + GROUPS.find(([, belongs]) => belongs(entries))![0];
    groups.set(group, [...groups.get(group) ?? [], path]);
  }
  return groups;
}

function fromRoot(path: string): string {
  return path.slice(Deno.cwd().length + 1);
}

function resolve(path: string, importer: string): string {
  return new URL(path, `file:///${importer}`).pathname.slice(1);
}
