import manifest from "../../deno.json" with { type: "json" };

/** The library's entries: the name that a user imports and the file. */
export const ENTRIES: readonly { name: string; file: string }[] = Object
  .entries(manifest.exports as Record<string, string>)
  .map(([name, path]) => ({ name, file: path.replace(/^\.\//, "") }));
