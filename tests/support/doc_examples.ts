import { type Snippet, snippets } from "./snippets.ts";

/** An example in the documentation of a symbol or a module. */
export interface DocExample extends Snippet {
  /** The file that it stands in, from the root of the repository. */
  path: string;
}

/**
 * Finds the examples in the documentation of the library.
 *
 * @param root The root of the repository, with a slash at its end.
 */
export function docExamples(root: URL): DocExample[] {
  const paths = ["mod.ts", ...sourcesBelow(root, "src").sort()];
  return paths.flatMap((path) =>
    snippets(comments(Deno.readTextFileSync(new URL(path, root)))).map((snippet) => ({
      ...snippet,
      path,
    }))
  );
}

/** The text of documentation comments, each line where it was. */
function comments(source: string): string {
  return source.split("\n").map((line) => /^\s*\* ?(.*)$/.exec(line)?.[1] ?? "").join("\n");
}

function sourcesBelow(root: URL, folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sourcesBelow(root, path);
    return name.endsWith(".ts") ? [path] : [];
  });
}
