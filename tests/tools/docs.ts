/**
 * Writes the API reference as a website.
 *
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };
import { ENTRIES } from "./entries.ts";

const FOLDER = "dist/docs";

const files = ENTRIES.map(({ file }) => file);
const { code } = new Deno.Command(Deno.execPath(), {
  args: ["doc", "--html", `--name=${manifest.name}`, `--output=${FOLDER}`, ...files],
  stdout: "inherit",
  stderr: "inherit",
}).outputSync();
Deno.exit(code);
