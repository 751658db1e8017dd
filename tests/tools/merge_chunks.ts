/**
 * Merges the files that several entries of the npm package share. The bundler writes one for each set of entries that share code, 25
 * for the root entry. Each costs time at import: with few files, that of the root entry takes 23 ms on Node instead of 28.
 *
 * @module
 */
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";

/** The outputs of a build, by path. */
type Outputs = Metafile["outputs"];

/** The folder of the shared files, in that of the package. */
const SHARED = "shared/";

/** The group of a shared file, which is named after the largest part of it. A group imports only from groups before it. */
const GROUPS: readonly [group: string, belongs: (entries: ReadonlySet<string>) => boolean][] = [
  ["base", (entries) => entries.has("token")],
  ["msgpack", (entries) => entries.has("msgpack") && !entries.has("rest")],
  ["service", (entries) => [...entries].every((entry) => entry.startsWith("testing"))],
  ["messages", (entries) => entries.has("webhooks")],
  ["protocol", (entries) => entries.has("testing")],
  ["http", (entries) => entries.has("sse")],
  ["client", (entries) => entries.has("rest") || entries.has("liveobjects")],
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
  const entries = Object.keys(outputs).filter((path) =>
    outputs[path]!.entryPoint && !groups.has(nameOf(path))
  );
  const groupOf = new Map(
    [...groups].flatMap(([group, paths]) => paths.map((path) => [path, group])),
  );
  const toGroups: Plugin = {
    name: "groups",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^group:/ }, ({ path }) => ({ path, namespace: "group" }));
      onLoad({ filter: /./, namespace: "group" }, ({ path }) => ({
        contents: groups.get(path.slice("group:".length))!
          .map((member) => `export * from "./${member}";`).join("\n"),
        resolveDir: Deno.cwd(),
      }));
      onResolve({ filter: /^\./ }, ({ path, importer, namespace, kind }) => {
        if (kind === "entry-point" || namespace === "group") return undefined;
        const from = importer.slice(Deno.cwd().length + 1);
        const target = new URL(path, `file:///${from}`).pathname.slice(1);
        const group = groupOf.get(target);
        if (group === undefined) return { path, external: true }; // The root entry imports itself.
        if (group === groupOf.get(from)) return undefined;
        return { path: path.replace(/[^/]+$/, `${group.slice(SHARED.length)}.js`), external: true };
      });
    },
  };
  const { metafile } = await build({
    ...options,
    entryPoints: [
      ...entries.map((path) => ({ in: path, out: nameOf(path) })),
      ...[...groups.keys()].map((group) => ({ in: `group:${group}`, out: group })),
    ],
    metafile: true,
    allowOverwrite: true,
    plugins: [toGroups],
  });
  for (const path of groupOf.keys()) {
    for (const file of [path, `${path}.map`]) Deno.removeSync(file);
  }
  return withSources(metafile.outputs, outputs);
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
    // An entry in the folder of the shared files asks for a file of its own.
    const own = [...entries].find((entry) => entry.startsWith(SHARED));
    const group = own !== undefined && entries.size === 2
      ? own
      : SHARED + GROUPS.find(([, belongs]) => belongs(entries))![0];
    groups.set(group, [...groups.get(group) ?? [], path]);
  }
  for (const [group, paths] of groups) {
    checkNames(
      group,
      paths.flatMap((path) => outputs[path]!.exports),
    );
  }
  return groups;
}

/** Names that two files export would be in neither. */
function checkNames(group: string, names: readonly string[]): void {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`Files of "${group}" export the same names: ${twice}`);
}
