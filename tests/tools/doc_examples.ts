/**
 * Checks the types of the examples in the documentation of symbols. Deno's own check of examples adds an import of its own to
 * each of them, and moves their exports to the top.
 *
 * @module
 */
import { docExamples } from "../support/doc_examples.ts";

const FOLDER = "dist/doc_examples";

await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
Deno.mkdirSync(FOLDER, { recursive: true });
const files = docExamples(new URL("../../", import.meta.url)).map(({ path, line, code }) => {
  const file = `${FOLDER}/${path.replaceAll("/", "-").replace(/\.ts$/, "")}-${line}.ts`;
  Deno.writeTextFileSync(file, code);
  return file;
});
const { code } = new Deno.Command(Deno.execPath(), {
  args: ["check", "--quiet", ...files],
  stdout: "inherit",
  stderr: "inherit",
}).outputSync();
Deno.removeSync(FOLDER, { recursive: true });
console.log(`${files.length} examples`);
Deno.exit(code);
