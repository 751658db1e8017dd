/**
 * Runs every check that is not a test, and says at the end which of them failed.
 *
 * @module
 */
import { atOnce } from "../support/at_once.ts";
import { ENTRIES } from "./entries.ts";

const docs = [...Deno.readDirSync("docs")]
  .filter(({ isFile }) => isFile)
  .map(({ name }) => `docs/${name}`);
const files = ENTRIES.map(({ file }) => file);

// Deno cannot check their types without the packages of React and Next.js; the packaging tests check them in copies.
const NPM_EXAMPLES = ["examples/nextjs", "examples/vite-react"];

// Each is an argument list for Deno.
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  "format": ["fmt", "--check", "--quiet"],
  "lint": ["lint", "--quiet"],
  "format of the examples with React": [
    "fmt",
    "--no-config",
    "--line-width=100",
    "--prose-wrap=preserve",
    "--check",
    "--quiet",
    ...NPM_EXAMPLES,
  ],
  "lint of the examples with React": ["lint", "--no-config", "--quiet", ...NPM_EXAMPLES],
  "types": ["check", "--quiet", "."],
  "types in the README and the docs": ["check", "--quiet", "--doc-only", "README.md", ...docs],
  "types in the examples of the reference": [
    "run",
    "--allow-all",
    "tests/tools/doc_examples.ts",
  ],
  "types without Deno's": [
    "run",
    "--allow-all",
    "node_modules/typescript/bin/tsc",
    "--project",
    "tsconfig.json",
  ],
  "layers": ["run", "--allow-all", "tests/tools/layers.ts"],
  "English": ["run", "--allow-all", "tests/tools/english.ts"],
  "documentation": ["doc", "--lint", "--quiet", ...files],
  "imports on JSR": ["task", "--quiet", "jsr"],
  "publishing": ["publish", "--dry-run", "--allow-dirty", "--quiet"],
  "specification": ["run", "--allow-read=.", "tests/tools/spec/main.ts", "--brief"],
  "size": ["run", "--allow-all", "tests/tools/size.ts"],
};

// Most of them use one processor. The output of each is printed when it has ended, so that they do not mix.
const results = await atOnce(2, Object.entries(CHECKS), async ([name, args]) => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
  }).output();
  console.log(`\n${name}`);
  for (const output of [stdout, stderr]) await Deno.stdout.write(output);
  return { name, success };
});
const failed = results.filter(({ success }) => !success).map(({ name }) => name);

const count = Object.keys(CHECKS).length;
console.log(
  failed.length === 0 ? `\nAll ${count} checks passed` : `\nChecks failed: ${failed.join(", ")}`,
);
Deno.exit(failed.length === 0 ? 0 : 1);
