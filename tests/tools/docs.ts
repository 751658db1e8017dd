/**
 * Writes the documentation, guides and reference in one, as a website into `dist/docs`.
 *
 * @module
 */
const { code } = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "--allow-all",
    "node_modules/typedoc/bin/typedoc",
    "--options",
    "tests/tools/typedoc.json",
  ],
  stdout: "inherit",
  stderr: "inherit",
}).outputSync();
Deno.exit(code);
